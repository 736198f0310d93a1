"""A site of two pages with the book's look, for the tests of the quiz."""

project = "Quiz"
html_title = "Quiz"
language = "en"
extensions = [
    "myst_nb",
    "sphinx_copybutton",
    "sphinx_design",
    *(f"booksite.theme.{part}" for part in ("fonts", "formulas", "overrides", "icons", "drawings", "html_fixes")),
    "booksite.scripts",
    "booksite.quiz",
    "booksite.theme.bundles",
]
exclude_patterns = ["node_modules/**", "_build/**"]
nitpicky = True
nb_execution_mode = "off"
myst_enable_extensions = [
    "amsmath",
    "attrs_block",
    "attrs_inline",
    "colon_fence",
    "deflist",
    "dollarmath",
    "fieldlist",
    "smartquotes",
]
html_theme = "sphinx_book_theme"
html_static_path = ["book/assets"]
html_css_files = ["book.css", "quiz.css"]
html_logo = "book/assets/logo.svg"
html_context = {"default_mode": "auto"}
html_theme_options = {"use_fullscreen_button": False, "use_download_button": False}
html_math_renderer = "katex"
katex_prerender = True
