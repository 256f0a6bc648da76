"use strict";
// Filters, copying of commands, and opening what a link leads to. Everything else on this page works without.
(() => {
  const form = document.getElementById("filters");
  const shown = document.getElementById("shown");
  const tests = [...document.querySelectorAll("tr.test")].map((row) => {
    const next = row.nextElementSibling;
    const more = next && next.classList.contains("more") ? next : null;
    return { row, more, views: row.dataset.views.split(" "), chapter: row.closest(".chapter"), text: null };
  });

  const textOf = (test) => {
    test.text ??= (test.row.textContent + " " + (test.more ? test.more.textContent : "")).toLowerCase();
    return test.text;
  };

  const matchesView = (views, view, engine) => {
    if (!view) return true;
    if (view === "pass") return views.includes("pass");
    return engine ? views.includes(`${view}:${engine}`) : views.some((each) => each.startsWith(`${view}:`));
  };

  const apply = () => {
    const view = form.elements.view.value;
    const engine = form.elements.engine.value;
    const text = form.elements.text.value.trim().toLowerCase();
    const perChapter = new Map();
    let count = 0;
    for (const test of tests) {
      const visible = matchesView(test.views, view, engine) && (!text || textOf(test).includes(text));
      test.row.hidden = !visible;
      if (test.more) test.more.hidden = !visible;
      count += visible;
      perChapter.set(test.chapter, (perChapter.get(test.chapter) || 0) + visible);
    }
    for (const [chapter, visible] of perChapter) {
      chapter.hidden = !visible;
      if (view || text) chapter.open = visible > 0;
    }
    shown.textContent = `${count} of ${tests.length} files`;
  };

  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    const row = target.closest("tr.test, tr.more");
    if (row && row.hidden) {
      form.reset();
      apply();
    }
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    const more = target.matches("tr.test") && target.nextElementSibling;
    if (more && more.classList.contains("more")) more.querySelector("details").open = true;
    target.scrollIntoView();
  };

  if (navigator.clipboard) {
    for (const shell of document.querySelectorAll(".shell")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "copy";
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(shell.querySelector("code").textContent);
        button.textContent = "copied";
        setTimeout(() => (button.textContent = "copy"), 1500);
      });
      shell.append(button);
    }
  }

  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", reveal);
  apply();
  reveal();
})();
