// The list of pages in the sidebar shows the one that is open.

document.querySelector(".bd-links a.current")?.scrollIntoView({ block: "nearest" });
