if (navigator.language.startsWith("ja")) {
  document.documentElement.lang = "ja";
  for (const e of document.querySelectorAll("[data-ja]")) e.textContent = e.dataset.ja;
}
