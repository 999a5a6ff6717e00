// @ts-check
/** Take files away for a purpose: a plain link could not say what they are for. */

import { Problem } from "./api.js";
import { make } from "./dom.js";
import { t } from "./language.js";
import { complain } from "./notices.js";
import { HEADER, VIEW, purpose } from "./purpose.js";

export function startDownloads() {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[download]") : null;
    // Without a purpose to state the browser does better: it writes to the disk at once.
    if (!(link instanceof HTMLAnchorElement) || !link.protocol.startsWith("http") || purpose() === VIEW) return;
    event.preventDefault();
    take(link.href, link.download).catch(complain);
  });
}

/**
 * @param {string} url
 * @param {string} name
 */
async function take(url, name) {
  let answer;
  try {
    answer = await fetch(url, { headers: { [HEADER]: purpose() } });
  } catch {
    throw new Problem(0, { detail: t("problem.unreachable"), hint: t("problem.unreachable.hint") });
  }
  if (!answer.ok) throw new Problem(answer.status, await answer.json());
  const stated = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1];
  const held = URL.createObjectURL(await answer.blob());
  // Not in the page, so that the click does not come back here.
  make("a", { href: held, download: name || stated || "data" }).click();
  setTimeout(() => URL.revokeObjectURL(held), 60000);
}
