// How the page looks: light or dark as the reader's system has it, from a telephone to a wide screen, and on paper.

/** The style sheet. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --page: #f6f6f3; --card: #ffffff; --text: #1d1f21; --soft: #5a5e63; --line: #e3e3de; --track: #eeeeea;
  --once: #6fa8a0; --passed: #2f7fd0; --unreturned: #d9622b; --pending: #d9a514; --refused: #8a5bb5; --blackholed: #4a4e55;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15171a; --card: #1e2125; --text: #e9eaeb; --soft: #a8adb3; --line: #34383d; --track: #2a2e33;
    --once: #5f9c93; --passed: #4c9be8; --unreturned: #ee8450; --pending: #e3b93a; --refused: #b088d8; --blackholed: #8f959d;
  }
}
* { box-sizing: border-box }
body {
  margin: 0; padding: 2rem 1.25rem 3rem; background: var(--page); color: var(--text);
  font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
main { max-width: 62rem; margin: 0 auto; display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr) }
h1 { margin: 0; font-size: 1.6rem; letter-spacing: -.01em; overflow-wrap: anywhere }
h2 { margin: 0 0 .2rem; font-size: 1.05rem }
p { margin: 0 }
.note { color: var(--soft); font-size: .88rem }
section { background: var(--card); border: 1px solid var(--line); border-radius: .7rem; padding: 1.1rem 1.25rem; min-width: 0 }
section > .note { margin-bottom: .6rem; max-width: 46rem }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; font-size: .88rem }
a { color: inherit; text-underline-offset: .15em }
a:focus-visible { outline: 3px solid var(--passed); outline-offset: 2px; border-radius: .15rem }
section:target { border-color: var(--passed) }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(11.5rem, 100%), 1fr)); gap: 1rem }
.tile b { display: block; font-size: 1.9rem; line-height: 1.15; font-weight: 650; letter-spacing: -.02em; margin: .15rem 0 .2rem }
.tile.main b { color: var(--unreturned) }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(19rem, 100%), 1fr)); gap: 1rem }
.bars { width: 100%; border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums }
.bars caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
.bars th, .bars td { padding: .22rem .45rem; text-align: right; vertical-align: baseline }
.bars th[scope=row] { text-align: left; font-weight: 400; overflow-wrap: anywhere; padding-left: 0 }
.bars .short { white-space: nowrap }
.bars td span { display: none }
.bars thead th { font-weight: 600; font-size: .78rem; color: var(--soft); vertical-align: bottom; line-height: 1.2 }
.bars thead th:first-child { text-align: left; padding-left: 0 }
.bars thead i, .bars span i { display: inline-block; width: .7rem; height: .7rem; border-radius: .15rem; margin-right: .35rem }
.bars tbody tr { border-top: 1px solid var(--line) }
.bars .bar { width: 45%; vertical-align: middle }
.pair .bars .bar { width: 22% }
.bar div { display: flex; gap: 1px; height: .85rem; border-radius: .2rem; overflow: hidden }
.bar i { min-width: 2px }
i.once { background: var(--once) } i.passed { background: var(--passed) } i.unreturned { background: var(--unreturned) }
i.pending { background: var(--pending) } i.refused { background: var(--refused) } i.blackholed { background: var(--blackholed) }
@media (max-width: 46rem) {
  body { padding: 1rem .6rem 2rem }
  section { padding: .9rem .8rem }
  .bars thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  .bars tr { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .9rem; padding: .35rem 0 }
  .bars th[scope=row], .bars .bar { flex: 1 0 100%; width: 100%; padding: .1rem 0 }
  .bars tbody td:not(.bar) { padding: 0 }
  .bars tbody td span { display: inline; color: var(--soft) }
}
@media print {
  body { padding: 0; background: none }
  nav { display: none }
  section { border-color: #bbb }
  tr, .tile { break-inside: avoid }
  i { print-color-adjust: exact; -webkit-print-color-adjust: exact }
}
`
