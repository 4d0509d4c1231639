// How the page looks: light or dark as the reader's system has it, from a telephone to a wide screen, and on paper.

/** The style sheet. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --page: #f6f6f3; --card: #ffffff; --text: #1d1f21; --soft: #62666b; --line: #e3e3de;
  --passed: #2f7fd0; --unreturned: #e0703a; --pending: #d9a514; --expired: #a3a7ab; --bar: #2f7fd0; --track: #eeeeea;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15171a; --card: #1e2125; --text: #e9eaeb; --soft: #a0a5ab; --line: #34383d;
    --passed: #4c9be8; --unreturned: #ee8450; --pending: #e3b93a; --expired: #777c82; --bar: #4c9be8; --track: #2a2e33;
  }
}
* { box-sizing: border-box }
body {
  margin: 0; padding: 2rem 1.25rem 3rem; background: var(--page); color: var(--text);
  font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
main { max-width: 62rem; margin: 0 auto; display: grid; gap: 1rem }
h1 { margin: 0; font-size: 1.6rem; letter-spacing: -.01em }
h2 { margin: 0 0 .2rem; font-size: 1.05rem }
p { margin: 0 }
.note { color: var(--soft); font-size: .88rem }
section { background: var(--card); border: 1px solid var(--line); border-radius: .7rem; padding: 1.1rem 1.25rem; min-width: 0 }
section > .note { margin-bottom: .8rem; max-width: 46rem }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(11.5rem, 1fr)); gap: 1rem }
.tile b { display: block; font-size: 2rem; line-height: 1.15; font-weight: 650; letter-spacing: -.02em; margin: .15rem 0 .2rem }
.tile.main b { color: var(--unreturned) }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); gap: 1rem }
.states { display: flex; height: 1.7rem; gap: 2px; border-radius: .35rem; overflow: hidden; background: var(--track) }
.states i { min-width: 2px }
.legend { display: flex; flex-wrap: wrap; gap: .35rem 1.6rem; margin: .8rem 0 0; padding: 0; list-style: none; font-size: .92rem }
.legend li { display: flex; align-items: baseline; gap: .45rem }
.legend i { width: .75rem; height: .75rem; border-radius: .2rem; flex: none; align-self: center }
.legend span { color: var(--soft) }
i.passed { background: var(--passed) } i.unreturned { background: var(--unreturned) }
i.pending { background: var(--pending) } i.expired { background: var(--expired) }
rect.passed { fill: var(--passed) } rect.unreturned { fill: var(--unreturned) }
rect.pending { fill: var(--pending) } rect.expired { fill: var(--expired) }
.scroll { overflow-x: auto }
svg { display: block; width: 100%; min-width: 22rem; height: auto }
.grid { stroke: var(--line) } .axis { stroke: var(--soft) }
.tick { fill: var(--soft); font-size: 12px } .caption { fill: var(--text); font-size: 12px; font-weight: 600; stroke: var(--card); stroke-width: 4px; paint-order: stroke }
.target { fill: transparent } .column:hover .target { fill: var(--track); opacity: .6 }
ol.names { margin: .6rem 0 0; padding: 0; list-style: none; display: grid; gap: .5rem; font-size: .92rem }
.names li { display: grid; grid-template-columns: minmax(0, 1fr) auto; column-gap: 1rem }
.names span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-variant-numeric: tabular-nums }
.names b { font-weight: 600; font-variant-numeric: tabular-nums }
.names div { grid-column: 1 / -1; height: .4rem; border-radius: .2rem; background: var(--track); margin-top: .2rem }
.names div i { display: block; height: 100%; border-radius: .2rem; background: var(--bar); min-width: 2px }
@media print { body { padding: 0; background: none } section { break-inside: avoid } }
`
