/** Run a script of the site, as it is needed: a page from disk may fetch nothing else. */
export const load = (name) => new Promise((resolve, reject) => {
  const script = document.createElement("script");
  script.src = `${document.documentElement.dataset.content_root}_static/${name}`;
  script.onload = resolve;
  script.onerror = reject;
  document.head.append(script);
});
