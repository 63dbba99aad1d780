// What is being looked at, and how. It stands in the address, so that a reload keeps it.

/**
 * @typedef {{sources: string[], list: string, reader: string, view: string, side: string, width: string, free: number,
 *   scheme: string, styles: string, images: boolean}} State
 */

/** @type {State} */
export const state = {
  sources: [],
  list: "",
  reader: "",
  view: "page",
  side: "findings",
  width: "1024",
  free: 600,
  scheme: "light",
  styles: "all",
  images: true,
}

const TEXTS = /** @type {const} */ (["list", "reader", "view", "side", "width", "scheme", "styles"])

/** Take over what the address says. */
export function restore() {
  const said = new URLSearchParams(location.hash.slice(1))
  for (const name of TEXTS) state[name] = said.get(name) ?? state[name]
  state.sources = said.getAll("source")
  state.free = Number(said.get("free")) || state.free
  state.images = said.get("images") !== "off"
}

/** Change what is looked at. @param {Partial<State>} changes */
export function change(changes) {
  Object.assign(state, changes)
  const said = new URLSearchParams(state.sources.map((source) => ["source", source]))
  for (const name of TEXTS) if (state[name]) said.set(name, state[name])
  said.set("free", String(state.free))
  if (!state.images) said.set("images", "off")
  history.replaceState(null, "", `#${said}`)
}

/** Which edition, as the server is asked for it. @returns {[string, string][]} */
export function edition() {
  const sources = state.sources.map((source) => /** @type {[string, string]} */ (["source", source]))
  return state.list ? [...sources, ["list", state.list]] : sources
}

/** Which edition as whose. @returns {[string, string][]} */
export const asReader = () => (state.reader ? [...edition(), ["reader", state.reader]] : edition())

/** The page as it is looked at. @returns {[string, string][]} */
export const page = () => [
  ...asReader(),
  ["scheme", state.scheme],
  ["styles", state.styles],
  ["images", state.images ? "on" : "off"],
]
