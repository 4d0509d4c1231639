// The page in a real browser: each width and colour scheme, on paper, and without network requests.
import { writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { buildHistory } from '../../../lib/stat/history.js'
import { formatHtmlPage } from '../../../lib/stat/html-page.js'
import { reportEntry } from '../../../lib/stat/entry-report.js'
import { SummaryBuilder } from '../../../lib/stat/summary.js'
import { chromium, openPage, type Page } from '../../helpers/chromium.js'
import { usualExpiry } from '../../helpers/requests.js'
import { agedEntry } from '../../helpers/run-program.js'

const skip = chromium === undefined ? 'no chromium' : false
const now = Date.now() / 1_000

function writePage(t: Test, isEmpty: boolean): string {
  const builder = new SummaryBuilder(now, (family) => (family === 4 ? 24 : 64))
  const longName = `${'x'.repeat(60)}.${'y'.repeat(60)}.example.net`
  if (!isEmpty)
    for (const [client, sender, ago, seen] of [
      ['192.0.2.7', `a@${longName}`, 6 * 3_600, undefined],
      ['198.51.100.7', 'b@example.net', 6 * 3_600, 5 * 3_600],
    ] as const)
      builder.add(reportEntry(agedEntry(client, sender, ago, seen), now, usualExpiry))
  const day = (factor: number): Map<string, number> =>
    new Map(
      Object.entries({
        passed: 1_234_567,
        greylist_initial: 2_345_678,
        greylist_returned: 345_678,
        wait_up_to_900: 345_678,
        spf_rejected: 456_789,
        spf_fail: 456_789,
        blackhole_hit: 56_789,
        whitelisted_greylist_recipient: 5,
      }).map(([name, value]): [string, number] => [name, Math.round(value * factor)]),
    )
  const counts = isEmpty
    ? new Map<string, Map<string, number>>()
    : new Map([
        ['2026-11-22', day(1)],
        ['2026-11-24', day(0.3)],
      ])
  const history = buildHistory(counts, '2026-11-24', new Map())
  const subject = { now, host: 'mx.example.org', period: '2026-11-22 to 2026-11-24', selection: undefined }
  const path = `${t.testdir()}/page.html`
  writeFileSync(path, formatHtmlPage(builder.build(), history, subject))
  return `file://${path}`
}

async function show(page: Page, width: number, scheme: string, media = ''): Promise<void> {
  await page.send('Emulation.setDeviceMetricsOverride', {
    width,
    height: 800,
    deviceScaleFactor: 1,
    mobile: width < 500,
  })
  await page.send('Emulation.setEmulatedMedia', {
    media,
    features: [{ name: 'prefers-color-scheme', value: scheme }],
  })
}

/** What reaches beyond the page or its card. */
const cutOff = `[...document.querySelectorAll('main *')].filter((element) => {
  if (element.closest('caption, thead')) return false
  const box = element.getBoundingClientRect()
  const card = (element.closest('section') ?? document.body).getBoundingClientRect()
  return box.width > 0 && (box.right > card.right + 0.5 || box.left < card.left - 0.5 || box.right > innerWidth)
}).map((element) => element.outerHTML.slice(0, 80))`

t.test('in the browser', { skip }, async (t) => {
  const url = writePage(t, false)
  const page = await openPage(t, url)
  for (const width of [360, 800, 1_400])
    for (const media of ['', 'print']) {
      await show(page, width, 'light', media)
      t.same(await page.evaluate(cutOff), [], `nothing is cut off at ${String(width)} px ${media}`)
      t.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true)
    }

  await show(page, 800, 'light')
  const colours = `['--page', '--text'].map((name) => getComputedStyle(document.documentElement).getPropertyValue(name))`
  const light = await page.evaluate(colours)
  await show(page, 800, 'dark')
  t.not(String(await page.evaluate(colours)), String(light), 'dark has colours of its own')

  const bar = '[...document.querySelectorAll(".bar div")].map((bar) => bar.getBoundingClientRect().width)'
  const [first = 0, , third = 0] = (await page.evaluate(bar)) as number[]
  t.ok(Math.abs(third / first - 0.3) < 0.01, 'a bar is as long as its figures')
  t.equal(
    await page.evaluate(
      '[...document.querySelectorAll("table")].every((table) => table.caption.textContent !== "")',
    ),
    true,
  )

  await show(page, 360, 'light')
  t.match(
    await page.evaluate('document.querySelector("tbody tr").innerText.replace(/\\s+/g, " ")'),
    '2026-11-22 passed at once 888,889 came back 345,678 never came back 2,000,000 may come back 0 rejected by SPF 456,789 blackholed 56,789',
    'each figure has its title on a telephone',
  )
  const { nodes } = (await page.send('Accessibility.getFullAXTree')) as {
    nodes: { ignored: boolean; role?: { value: string }; name?: { value: string } }[]
  }
  const named = (role: string): string[] =>
    nodes.flatMap((node) => (!node.ignored && node.role?.value === role ? [node.name?.value ?? ''] : []))
  t.ok(named('heading').includes('Day by day'))
  t.ok(named('rowheader').includes('2026-11-22') || named('StaticText').includes('2026-11-22'))
  t.match(
    await page.evaluate('document.querySelector("header").innerText'),
    /mx\.example\.org\s+2026-11-22 to 2026-11-24, local time \(/,
  )
  t.same(page.requests, [url], 'it asks for nothing but itself')
})

t.test('by keyboard', { skip }, async (t) => {
  const page = await openPage(t, writePage(t, false))
  await show(page, 800, 'light')
  const press = async (key: string, code: number): Promise<void> => {
    for (const type of ['keyDown', 'keyUp'])
      await page.send('Input.dispatchKeyEvent', { type, key, code: key, windowsVirtualKeyCode: code })
  }
  const focused = 'document.activeElement.innerText'
  const titles = (await page.evaluate(
    '[...document.querySelectorAll("section:not(.tile) > h2")].map((title) => title.innerText)',
  )) as string[]
  t.ok(titles.length >= 7)
  const outline =
    'getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth'
  for (const title of titles) {
    await press('Tab', 9)
    t.equal(await page.evaluate(focused), title, 'Tab goes to the sections in their order')
    t.equal(await page.evaluate(outline), 'solid3px', 'the focus is seen')
    const link = 'document.activeElement.getBoundingClientRect()'
    t.equal(await page.evaluate(`${link}.width > 0 && ${link}.bottom <= innerHeight`), true)
  }
  const more = `[...document.querySelectorAll('details, summary, button, input, select, textarea, [tabindex], [onclick], [title]')]
    .concat([...document.querySelectorAll('*')].filter((element) => element.scrollWidth > element.clientWidth + 1 &&
      ['auto', 'scroll'].includes(getComputedStyle(element).overflowX)))`
  t.equal(await page.evaluate(`${more}.length`), 0, 'nothing else needs a key or a mouse')
  await page.send('Input.dispatchKeyEvent', {
    type: 'keyDown',
    key: 'Enter',
    text: '\r',
    windowsVirtualKeyCode: 13,
  })
  t.equal(
    await page.evaluate('document.querySelector("section:target > h2").innerText'),
    titles.at(-1),
    'Enter goes to the section',
  )
  t.equal(
    await page.evaluate(
      '[...document.querySelectorAll(".bar")].every((bar) => bar.closest("table").querySelector("tbody td:not(.bar)") !== null)',
    ),
    true,
    'every chart is in a table with its figures',
  )
})

t.test('an empty page says so in words', { skip }, async (t) => {
  const page = await openPage(t, writePage(t, true))
  const text = String(await page.evaluate('document.body.innerText'))
  for (const words of [
    'There are no entries.',
    'Nothing has been counted in this period yet',
    'None.',
    'No waiting times are known yet',
  ])
    t.ok(text.includes(words), words)
})
