// CodeMirror over a plain field. It takes its colours from the page's own code: each token gets the class that the build
// gives it, so both themes are those of the page.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { pythonLanguage } from "@codemirror/lang-python";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const classes = HighlightStyle.define([
  { tag: [tags.keyword, tags.controlKeyword, tags.definitionKeyword, tags.moduleKeyword], class: "k" },
  { tag: tags.operatorKeyword, class: "ow" },
  { tag: [tags.bool, tags.null], class: "kc" },
  { tag: tags.string, class: "s1" },
  { tag: tags.number, class: "mi" },
  { tag: tags.comment, class: "c1" },
  { tag: [tags.function(tags.definition(tags.variableName)), tags.function(tags.variableName)], class: "nf" },
  { tag: tags.operator, class: "o" },
]);

const look = EditorView.theme({
  "&": { backgroundColor: "transparent", color: "inherit", fontSize: "inherit" },
  ".cm-scroller": { fontFamily: "var(--pst-font-family-monospace)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--ink)", padding: "0.8rem 0" },
  ".cm-line": { padding: "0 0.9rem" },
  "&.cm-focused": { outline: "none" },
  ".cm-content:focus": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { background: "var(--blue-soft) !important" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-soft)" },
});

/** Put an editor over `field`, a textarea, which has its text all the time. `run` is for Ctrl-Enter, `say` announces. */
globalThis.bookEditor = (field, { run, say }) => {
  const hasFocus = document.activeElement === field;
  const leave = ({ view }, free) => {
    view.setTabFocusMode(free);
    if (free) say("Tab leaves the editor now.");
  };
  const keys = [
    { key: "Mod-Enter", run: () => (run(), true) },
    // Tab indents, so whoever uses a keyboard alone needs another way out.
    { key: "Escape", run: (view) => (leave({ view }, true), true) },
    indentWithTab,
    ...defaultKeymap.filter(({ key }) => key !== "Escape"),
    ...historyKeymap,
  ];
  const view = new EditorView({
    state: EditorState.create({
      doc: field.value,
      selection: { anchor: field.selectionStart ?? 0 },
      extensions: [
        keymap.of(keys), history(), drawSelection(), indentOnInput(), bracketMatching(), indentUnit.of("    "),
        pythonLanguage, syntaxHighlighting(classes), look,
        EditorView.editorAttributes.of({ class: "run-editor highlight" }),
        EditorView.contentAttributes.of({
          "aria-label": `${field.getAttribute("aria-label")}. Tab indents; press Escape, then Tab to leave. Control and Enter run it.`,
        }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          view.setTabFocusMode(false);
          field.value = update.state.doc.toString();
          field.dispatchEvent(new Event("input"));
        }),
        // Whoever passes through with Tab is not held: it indents after a press or a change.
        EditorView.domEventHandlers({ focus: () => { view.setTabFocusMode(true); }, click: () => { view.setTabFocusMode(false); } }),
      ],
    }),
  });
  field.hidden = true;
  field.after(view.dom);
  if (hasFocus) {
    view.focus();
    view.setTabFocusMode(false); // this reader is writing
  }
  return {
    focus: () => view.focus(),
    write(text) {
      if (text !== view.state.doc.toString()) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    remove: () => view.destroy(),
  };
};
