// What the studio asks of `dispatch preview`, all of it below this page's own address.

/** @typedef {{message: string, file: string | null, line: number | null, hint: string | null, excerpt: [number, string][]}} Fault */

/** The server answered, and not with what was asked for. */
export class Unanswered extends Error {}

/**
 * @param {string} path
 * @param {[string, string][]} query
 * @param {RequestInit} [options]
 */
async function ask(path, query, options) {
  const answer = await fetch(`${path}?${new URLSearchParams(query)}`, options)
  if (!answer.ok) throw new Unanswered(`${path} failed (${answer.status})`)
  return answer
}

/** @param {string} path @param {[string, string][]} query @param {AbortSignal} [signal] */
export const json = async (path, query = [], signal) => (await ask(path, query, { signal })).json()

/** @param {string} path @param {[string, string][]} query @param {AbortSignal} [signal] */
export const text = async (path, query = [], signal) => (await ask(path, query, { signal })).text()

/** @param {string} path @param {[string, string][]} query @param {object} body */
export async function post(path, query, body) {
  const headers = { "Content-Type": "application/json" }
  return (await ask(path, query, { method: "POST", headers, body: JSON.stringify(body) })).json()
}

/**
 * Hear of each change; `lost` is called while nobody answers, and told whether whoever answers now is another studio.
 *
 * Only a page that is seen listens: a browser opens six connections to a server and no more, for all its pages.
 * @param {() => void} changed
 * @param {(anew: boolean) => void} lost
 */
export function listen(changed, lost) {
  /** @type {EventSource | null} */
  let events = null
  const heed = () => {
    if (document.hidden) {
      events?.close()
      events = null
    } else if (!events) {
      const opened = (events = new EventSource("events"))
      opened.addEventListener("changed", () => changed())
      opened.addEventListener("error", () => lost(opened.readyState === EventSource.CLOSED))
    }
  }
  document.addEventListener("visibilitychange", heed)
  heed()
}
