// The note on a link to run a page lies over the text: it makes way for a keyboard that goes on. (A rule of the style
// sheet for what has the focus inside would have Chromium style the whole page anew at each press of Tab.)
addEventListener("focusin", ({ target }) => {
  const note = document.querySelector(".launch-note[open]");
  if (note && !note.contains(target) && target.matches(":focus-visible")) note.open = false;
});

// A dialog that a button has opened gives the focus back to it; the theme's lose it, and a keyboard would begin at the top.

addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  setTimeout(() => {
    const dialog = document.querySelector("dialog[open]");
    if (!button || !dialog || dialog.contains(button)) return;
    const address = location.href;
    // A link to another section has taken the reader there.
    dialog.addEventListener("close", () => location.href === address && button.focus({ preventScroll: true }), { once: true });
  });
}, true);
