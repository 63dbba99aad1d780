// The edition itself, in a frame where no script of it runs. Its document stays; only what is in it changes, so that
// nothing flickers and the scroll position stays.

import { $ } from "./dom.js"

const MARKS = `
[data-line] { cursor: pointer }
[data-line]:hover { outline: 1px dashed #A8321E99; outline-offset: 3px }
[data-studio-mark] { outline: 2px solid #D4472C !important; outline-offset: 3px; border-radius: 2px }
`
// A phone's scroll bar lies over the page and takes nothing of its width.
const NARROW = ":root { scrollbar-width: none }"
const ROOT = /<html\b([^>]*)>([\s\S]*)<\/html\s*>/i
const ATTRIBUTE = /([^\s=]+)="([^"]*)"/g

const frame = /** @type {HTMLIFrameElement} */ ($("frame"))
let shown = ""
let marked = /** @type {string[]} */ ([])

/** @returns {Document | null} */
const inside = () => frame.contentDocument

/** Resolves once the empty document is there, dressed with what the studio adds to any page. */
export const ready = new Promise((resolve) => {
  const look = () => {
    const page = inside()
    if (page?.title !== "Edition" || !page.defaultView) return
    // These sheets belong to the document: they stay when all that is in it changes.
    page.adoptedStyleSheets = [MARKS, NARROW].map((css) => {
      const sheet = new /** @type {any} */ (page.defaultView).CSSStyleSheet()
      sheet.replaceSync(css)
      return sheet
    })
    resolve(undefined)
  }
  frame.addEventListener("load", look, { once: true })
  look()
})

/** Whether the page is shown as on a device whose scroll bars take no room. @param {boolean} narrow */
export function narrow(narrow) {
  const sheet = inside()?.adoptedStyleSheets[1]
  if (sheet) sheet.disabled = !narrow
}

/** Show a page, or none. @param {string} html */
export function show(html) {
  const page = inside()
  if (!page || html === shown) return
  const found = ROOT.exec(html) ?? ["", "", "<head><title>Edition</title></head><body></body>"]
  shown = html
  const root = page.documentElement
  // Not every browser keeps it where all that is scrolled changes.
  const [left, top] = [root.scrollLeft, root.scrollTop]
  for (const { name } of [...root.attributes]) root.removeAttribute(name)
  for (const [, name, value] of found[1].matchAll(ATTRIBUTE)) if (!name.startsWith("on")) root.setAttribute(name, value)
  root.innerHTML = found[2]
  root.scrollTo({ left, top, behavior: "instant" })
  for (const selector of marked) select(selector).forEach((element) => element.setAttribute("data-studio-mark", ""))
}

/** @param {string} selector @returns {Element[]} */
function select(selector) {
  const page = inside()
  if (!page) return []
  // A browser puts rows into a table body that the source may not have.
  const found = page.querySelectorAll(selector)
  return [...(found.length ? found : page.querySelectorAll(selector.replace(/(\btable[^>]*) > tr/g, "$1 > tbody > tr")))]
}

/** @param {string} origin */
const at = (origin) => `[data-line="${CSS.escape(origin)}"]`

/** Mark elements and bring the first one into sight; none takes the marks away. @param {string[]} selectors */
export function mark(selectors) {
  marked = selectors
  inside()?.querySelectorAll("[data-studio-mark]").forEach((element) => element.removeAttribute("data-studio-mark"))
  const elements = selectors.flatMap(select)
  for (const element of elements) element.setAttribute("data-studio-mark", "")
  elements[0]?.scrollIntoView({ block: "center", behavior: "instant" })
  return elements.length > 0
}

/** Mark what comes from a line, or from the nearest line above it. @param {string} file @param {number} line */
export function markLine(file, line) {
  for (let above = line; above > 0 && above > line - 40; above -= 1) {
    if (select(at(`${above}:${file}`)).length) return mark([at(`${above}:${file}`)])
  }
  return mark([])
}

/**
 * Hear of clicks on blocks, of links under the pointer, and of keys.
 * @param {{line: (file: string, line: number) => void, link: (href: string) => void, key: (event: KeyboardEvent) => void}} heard
 */
export function listen(heard) {
  const page = inside()
  if (!page) return
  page.addEventListener("click", (event) => {
    const element = /** @type {Element} */ (event.target)
    const link = element.closest("a[href]")
    event.preventDefault()
    const href = link?.getAttribute("href") ?? ""
    if (/^#./.test(href)) page.getElementById(href.slice(1))?.scrollIntoView({ behavior: "smooth" })
    else if (/^https?:/.test(href) && (event.metaKey || event.ctrlKey)) window.open(href, "_blank", "noopener,noreferrer")
    const origin = element.closest("[data-line]")?.getAttribute("data-line")
    if (!origin) return
    mark([at(origin)])
    heard.line(origin.slice(origin.indexOf(":") + 1), parseInt(origin, 10))
  })
  page.addEventListener("mouseover", (event) => {
    heard.link(/** @type {Element} */ (event.target).closest("a[href]")?.getAttribute("href") ?? "")
  })
  page.addEventListener("keydown", heard.key)
}
