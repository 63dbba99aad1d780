// The studio: fetches the edition whenever something changed, and hands each part to the module that shows it.

import * as device from "./device.js"
import { $, choices, fill, make } from "./dom.js"
import * as fault from "./fault.js"
import * as findings from "./findings.js"
import * as frame from "./frame.js"
import * as inbox from "./inbox.js"
import * as keys from "./keys.js"
import * as message from "./message.js"
import * as reader from "./reader.js"
import * as server from "./server.js"
import * as source from "./source.js"
import { asReader, change, edition as query, page, restore, state } from "./state.js"
import * as trial from "./trial.js"

/** @type {{seeds: string[], lists: string[], opened: string[], list: string | null, most: number}} */
let newsroom = { seeds: [], lists: [], opened: [], list: null, most: 0 }
/** @type {any} */
let made = null
const asks = { edition: asker(), page: asker(), view: asker() }
const WIDTHS = ["320", "375", "768", "1024", "free"]
const seed = /** @type {HTMLSelectElement} */ ($("seed"))

const chooses = {
  view: choices($("views"), (view) => set({ view })),
  side: choices($("sides"), (side) => set({ side })),
  width: choices($("width"), (width) => set({ width })),
  scheme: choices($("scheme"), (scheme) => set({ scheme })),
  styles: choices($("styles"), (styles) => set({ styles })),
}

/** Look at something else, or otherwise. @param {Partial<import("./state.js").State>} changes */
function set(changes) {
  change(changes)
  paint()
  const touches = (/** @type {string[]} */ ...names) => names.some((name) => name in changes)
  if (touches("sources", "list", "reader")) refresh()
  else if (touches("scheme", "styles", "images")) refreshPage()
  if (touches("view", "scheme")) refreshView()
}

/** Show how things are looked at. */
function paint() {
  for (const [name, choose] of Object.entries(chooses)) choose(/** @type {any} */ (state)[name])
  $("images").setAttribute("aria-pressed", String(state.images))
  for (const view of ["page", "text", "inbox", "message"]) $(`panel-${view}`).hidden = view !== state.view
  for (const side of ["findings", "source"]) $(`panel-${side}`).hidden = side !== state.side
  for (const element of document.querySelectorAll("[data-for]")) {
    const views = element.getAttribute("data-for")?.split(" ") ?? []
    element.toggleAttribute("hidden", !views.includes(state.view))
  }
  $("reader-name").textContent = state.reader || (state.list ? `nobody in particular of ${state.list}` : "nobody in particular")
  device.fit()
}

/** Fetch all that is shown anew: the page first, what is said of it later. */
const refresh = () =>
  asks.edition(async (signal) => {
    const shown = refreshPage()
    show(await server.json("edition", asReader(), signal))
    await shown
    await refreshView()
    if (made) await lookOver(signal)
  })

const refreshPage = () =>
  asks.page(async (signal) => {
    frame.show(await server.text("page", page(), signal))
  })

const refreshView = () =>
  asks.view(async (signal) => {
    if (state.view === "inbox" && made) inbox.show(made, state.scheme)
    if (state.view === "message" && made) await showMessage(signal)
  })

/** Asks that are given up when there is a newer one of the same kind. */
function asker() {
  let latest = new AbortController()
  return async (/** @type {(signal: AbortSignal) => Promise<void>} */ ask) => {
    latest.abort()
    latest = new AbortController()
    try {
      await ask(latest.signal)
    } catch (error) {
      failed(/** @type {Error} */ (error))
    }
  }
}

/** @param {any} said */
function show(said) {
  fault.show(said.fault)
  tell(said.fault ? "broken" : "live", said.fault ? "Waiting for it to be mended" : `Live · composed in ${said.milliseconds} ms`)
  made = said.edition
  if (!made) return blank()
  document.title = `${made.title} · Dispatch preview`
  $("draft").hidden = !made.draft
  $("made").textContent = [`${made.minutes} min read`, made.language, made.stories > 1 ? `${made.stories} stories` : ""].filter(Boolean).join(" · ")
  const text = $("text")
  if (text.textContent !== made.text) text.textContent = made.text
  text.dir = made.direction
  source.show(made.sources, toPage)
  const meter = /** @type {HTMLMeterElement} */ ($("meter"))
  meter.value = Math.min(100, (100 * made.octets) / made.clip)
  $("octets").textContent = `${Math.round(made.octets / 1024)} of the ${made.clip / 1024} KB that Gmail shows`
}

/** An edition that was never good has nothing to show; what is wrong with it stands in its place. */
function blank() {
  $("text").textContent = ""
  source.show([], toPage)
  findings.blank()
}

/** @param {AbortSignal} signal */
async function lookOver(signal) {
  $("panel-findings").setAttribute("aria-busy", "true")
  const looked = await server.json("findings", query(), signal)
  if (looked.fault) findings.fail(looked.fault)
  else findings.show(looked, state.list ? newsroom.most : 0, toFinding)
}

/** @param {AbortSignal} signal */
async function showMessage(signal) {
  const said = await server.json("message", asReader(), signal)
  if (said.fault) message.fail(said.fault)
  else message.show(said)
}

/** A line of a seed was chosen. @param {string} file @param {number} line */
function toPage(file, line) {
  if (state.view !== "page") set({ view: "page" })
  frame.markLine(file, line)
}

/** A block of the page was chosen. @param {string} file @param {number} line */
function toSource(file, line) {
  set({ side: "source" })
  source.choose(file, line)
}

/** @param {import("./findings.js").Finding} found */
function toFinding(found) {
  if ((found.element || found.line) && state.view !== "page") set({ view: "page" })
  if (found.file && found.line) source.choose(found.file, found.line)
  if (found.element && frame.mark([found.element])) return
  if (found.file && found.line) frame.markLine(found.file, found.line)
  else frame.mark([])
}

/** @param {"live" | "broken" | "lost"} how @param {string} text */
function tell(how, text) {
  $("live").className = `live ${how}`
  document.body.classList.toggle("lost", how === "lost")
  $("state").textContent = text
}

/** @param {boolean} anew */
const lost = (anew = false) =>
  tell("lost", anew ? "It was started anew: take the address that it prints" : "dispatch preview does not answer; start it again")

/** @param {Error} error */
function failed(error) {
  if (error.name === "AbortError") return
  if (error instanceof server.Unanswered) tell("lost", `${error.message}; the terminal of dispatch preview says why`)
  else lost()
}

/** The seeds and lists there are; what was opened together stays one choice. */
async function offer() {
  const said = await server.json("newsroom")
  if (said.fault) return fault.show({ excerpt: [], ...said.fault })
  newsroom = said
  if (!state.sources.length) {
    change({ sources: newsroom.opened, list: state.list || newsroom.list || "" })
    paint()
  }
  const each = newsroom.seeds.map((name) => [name])
  const several = [newsroom.opened, state.sources].filter((names) => names.length > 1)
  const options = new Map([...several, ...each].map((names) => [JSON.stringify(names), names.join(" + ")]))
  options.set(JSON.stringify(state.sources), state.sources.join(" + "))
  const chosen = JSON.stringify([...options])
  if (seed.dataset.options !== chosen) {
    seed.dataset.options = chosen
    fill(seed, ...[...options].map(([value, text]) => make("option", { value, text })))
  }
  seed.value = JSON.stringify(state.sources)
  reader.offer(newsroom.lists)
}

const next = (/** @type {string} */ value, /** @type {string[]} */ values) => values[(values.indexOf(value) + 1) % values.length]
const openHelp = () => /** @type {HTMLDialogElement} */ ($("help-dialog")).showModal()
const openReader = () => reader.open(newsroom.lists)
const side = (/** @type {string} */ name) => {
  set({ side: name })
  const inside = $(`panel-${name}`).querySelector("[aria-current], [role=listbox], button")
  const target = inside instanceof HTMLElement ? inside : $(`side-${name}`)
  target.focus()
}
const widen = (/** @type {string} */ key) => set({ width: WIDTHS[Number(key) - 1] })
const walk = (/** @type {1 | -1} */ step) => {
  set({ side: "findings" })
  findings.walk(step)
}

keys.teach([
  {
    title: "What is shown",
    keys: [
      { keys: ["p"], says: "the page", does: () => set({ view: "page" }) },
      { keys: ["t"], says: "the plain text", does: () => set({ view: "text" }) },
      { keys: ["b"], says: "the row in an inbox", does: () => set({ view: "inbox" }) },
      { keys: ["m"], says: "the message’s headers", does: () => set({ view: "message" }) },
      { keys: ["o"], says: "another seed", does: () => seed.focus() },
      { keys: ["/"], says: "as a subscriber, found by address", does: openReader },
    ],
  },
  {
    title: "How the page is seen",
    keys: [
      { keys: ["1", "2", "3"], says: "phones of 320 and 375, a tablet", does: widen },
      { keys: ["4", "5"], says: "a desktop, any width", does: widen },
      { keys: ["d"], says: "dark or light", does: () => set({ scheme: state.scheme === "dark" ? "light" : "dark" }) },
      { keys: ["g"], says: "inverted, as Gmail’s apps do it", does: () => set({ scheme: state.scheme === "inverted" ? "light" : "inverted" }) },
      { keys: ["i"], says: "images on or off", does: () => set({ images: !state.images }) },
      { keys: ["s"], says: "styles: all, no sheets, none", does: () => set({ styles: next(state.styles, ["all", "inline", "none"]) }) },
    ],
  },
  {
    title: "Beside the page",
    keys: [
      { keys: ["f"], says: "findings", does: () => side("findings") },
      { keys: ["n", "N"], says: "the next finding, the one before", does: (key) => walk(key === "n" ? 1 : -1) },
      { keys: ["e"], says: "the source; a click on a block finds its line", does: () => side("source") },
      { keys: ["\\"], says: "hide or show this side", does: () => document.body.classList.toggle("alone") },
      { keys: ["@"], says: "send me a test", does: trial.open },
      { keys: ["Escape"], says: "take marks away", does: () => frame.mark([]) },
      { keys: ["?"], says: "these keys", does: openHelp },
    ],
  },
])

seed.addEventListener("change", () => set({ sources: JSON.parse(seed.value), reader: state.reader }))
$("images").addEventListener("click", () => set({ images: !state.images }))
$("reader").addEventListener("click", openReader)
$("test").addEventListener("click", trial.open)
$("help").addEventListener("click", openHelp)
reader.listen((list, address) => set({ list, reader: address }))
for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => button.closest("dialog")?.close())
}
document.addEventListener("keydown", keys.hear)

restore()
paint()
await frame.ready
device.fit()
frame.listen({ line: toSource, link: (href) => ($("link").textContent = href), key: keys.hear })
server.listen(async () => {
  const offered = offer().catch(failed)
  // Only at first it must be known what was opened; later the page need not wait for the names of all seeds.
  if (!state.sources.length) await offered
  await refresh()
}, lost)
