// JupyterLite opens what a reader saved in the browser, also where the site has a newer notebook since. This says so
// and offers the newer one; the reader's own is saved under another name, so that nothing of it is lost.
(async () => {
  let context;
  while (!(context = window.jupyterapp?.shell.currentWidget?.context)) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await context.ready;
  const path = context.path;
  const editions = await (await fetch("../editions.json", { cache: "no-cache" })).json();
  if (!editions[path] || context.model.getMetadata("cnnbook")?.edition === editions[path]) return;

  const time = new Date().toISOString().slice(0, 19).replace("T", " ").replaceAll(":", ".");
  const renamed = path.replace(/\.ipynb$/, ` (mine, ${time}).ipynb`);
  const note = document.createElement("aside");
  note.setAttribute("role", "status");
  note.style.cssText =
    "position: fixed; inset: auto 1rem 1rem; z-index: 10000; padding: 0.75rem 1rem; border: 2px solid #8a5a00; " +
    "background: #fff8e1; color: #222; font: 1rem/1.6 sans-serif";
  note.append("This is the copy that you saved. It is older than the page: the site has a new notebook. ");
  const addButton = (label, action) => {
    const button = document.createElement("button");
    button.textContent = label;
    button.style.cssText = "margin-right: 0.5rem; padding: 0.25rem 0.75rem; font: inherit";
    button.addEventListener("click", action);
    note.append(button);
  };
  addButton("Open the new one", async () => {
    const address = location.href;
    await context.save();
    await jupyterapp.serviceManager.contents.rename(path, renamed);
    await fetch(`../files/${path}`, { cache: "reload" }); // the browser's cache may hold the older one
    location.assign(address);
  });
  addButton("Keep mine", () => note.remove());
  note.append(`“Open the new one” keeps yours in the list of files, as “${renamed.split("/").pop()}”.`);
  document.body.append(note);
})();
