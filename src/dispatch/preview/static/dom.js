// Small helpers for making and finding elements.

/** @param {string} id */
export const $ = (id) => /** @type {HTMLElement} */ (document.getElementById(id))

/**
 * An element with properties (class, text, data-… and attributes) and children.
 * @param {string} tag
 * @param {Record<string, unknown>} [properties]
 * @param {...(Node | string | null | false | undefined)} children
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue
    if (name === "class") element.className = String(value)
    else if (name === "text") element.textContent = String(value)
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), /** @type {EventListener} */ (value))
    else element.setAttribute(name, value === true ? "" : String(value))
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false))
  return element
}

/** Put children in the place of an element's.
 * @param {Element} element @param {...(Node | string)} children */
export const fill = (element, ...children) => element.replaceChildren(...children)

/** @param {number} number @param {string} noun */
export const many = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`

/**
 * Buttons of which one is chosen (radios or tabs): arrow keys go from one to the next, as ARIA's practices ask.
 * @param {HTMLElement} group
 * @param {(value: string) => void} choose
 */
export function choices(group, choose) {
  const buttons = /** @type {HTMLElement[]} */ ([...group.querySelectorAll("button[data-value]")])
  group.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("button[data-value]")
    if (button instanceof HTMLElement) choose(button.dataset.value ?? "")
  })
  group.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
    if (!step) return
    const shown = buttons.filter((button) => button.offsetParent)
    const next = shown[(shown.indexOf(/** @type {HTMLElement} */ (document.activeElement)) + step + shown.length) % shown.length]
    event.preventDefault()
    next.focus()
    choose(next.dataset.value ?? "")
  })
  return (/** @type {string} */ value) => {
    for (const button of buttons) {
      const chosen = button.dataset.value === value
      button.setAttribute(button.getAttribute("role") === "tab" ? "aria-selected" : "aria-checked", String(chosen))
      button.tabIndex = chosen ? 0 : -1
    }
  }
}
