// Keeps the number of signatures current while the page is looked at.

const MINUTE = 60_000;
const language = document.documentElement.lang;

async function refresh(url, number) {
  if (document.hidden) return;
  try {
    const answer = await fetch(url, { credentials: "omit" });
    if (!answer.ok) return;
    const { count } = await answer.json();
    const words = count.toLocaleString(language, { numberingSystem: "latn" });
    if (number.textContent !== words) number.textContent = words;
  } catch {
    // No network for now: the number of the last answer stays, and the next minute tries again.
  }
}

for (const block of document.querySelectorAll("[data-count-url]")) {
  const number = block.querySelector("[data-count]");
  if (number) setInterval(refresh, MINUTE, block.dataset.countUrl, number);
}
