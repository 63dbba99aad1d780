// The keys, each with what it does: heard, and listed behind "?".

import { $, fill, make } from "./dom.js"

/** @typedef {{keys: string[], says: string, does: (key: string) => void}} Key */

/** @type {Map<string, (key: string) => void>} */
const known = new Map()

/** @param {{title: string, keys: Key[]}[]} groups */
export function teach(groups) {
  for (const { keys } of groups) for (const each of keys) for (const name of each.keys) known.set(name, each.does)
  fill(
    $("keys"),
    ...groups.map(({ title, keys }) =>
      make(
        "section",
        {},
        make("h3", { text: title }),
        make("dl", {}, ...keys.flatMap((each) => [
          make("dt", {}, ...each.keys.map((name) => make("kbd", { text: name === " " ? "Space" : name }))),
          make("dd", { text: each.says }),
        ])),
      ),
    ),
  )
}

/** @param {KeyboardEvent} event */
export function hear(event) {
  if (event.ctrlKey || event.metaKey || event.defaultPrevented) return
  // Alt is the browser's; but on many keyboards Alt Gr, which counts as Alt, makes "@" and a backslash.
  if (event.altKey && !event.getModifierState("AltGraph")) return
  // An open dialog has the keys, wherever the focus is: Escape closes it.
  if (document.querySelector("dialog[open]")) return
  if (/** @type {HTMLElement} */ (event.target).closest?.("input, select, textarea")) return
  const does = known.get(event.key)
  if (!does) return
  event.preventDefault()
  does(event.key)
}
