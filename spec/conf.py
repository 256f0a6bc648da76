"""Sphinx configuration of the specification, for `make spec-html`, `make spec-pdf` and spec/check_spec.py."""

import re
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE / "_ext"), str(_HERE.parent / "harness")]

project = "The WebAssembly process model"
author = "The wasmproc authors"
# The version is written once, in interp/core/engine.c.
version = re.search(r'^#define WP_VERSION "(.*)"', (_HERE.parent / "interp/core/engine.c").read_text("utf-8"), re.M)[1]
release = version
# Builds of one version are reproducible.
today = " "

extensions = ["wasmproc_spec"]
primary_domain = "wasmproc"
root_doc = "index"
exclude_patterns = ["_ext", "_static"]
highlight_language = "none"
nitpicky = True
numfig = False
# Quotation marks and dashes stay as they are written.
smartquotes = False

# ---- HTML --------------------------------------------------------------------------------------------------------

html_theme = "furo"
html_title = f"{project} {release}"
html_short_title = project
html_static_path = ["_static"]
html_css_files = ["spec.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_use_index = False
html_show_sphinx = False
html_show_copyright = False
html_last_updated_fmt = None
html_secnumber_suffix = " "
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#3b3a8f",
        "color-brand-content": "#3b3a8f",
        "color-brand-visited": "#6b3a8f",
        "color-formula-name": "#8a3b12",
    },
    "dark_css_variables": {
        "color-brand-primary": "#b3b1ff",
        "color-brand-content": "#b3b1ff",
        "color-brand-visited": "#d3b1ff",
        "color-formula-name": "#ffb38a",
    },
    "footer_icons": [],
}
pygments_style = "default"
pygments_dark_style = "github-dark"

# ---- PDF ---------------------------------------------------------------------------------------------------------

latex_engine = "xelatex"
latex_documents = [(root_doc, "wasmproc-spec.tex", project, author, "manual", False)]
latex_elements = {
    "papersize": "a4paper",
    "fncychap": "",
    "pointsize": "10pt",
    "extraclassoptions": "oneside,openany",
    "fontpkg": r"""
\usepackage{fontspec}
\setmainfont{texgyrepagella}[Extension=.otf,UprightFont=*-regular,ItalicFont=*-italic,BoldFont=*-bold,BoldItalicFont=*-bolditalic]
\setsansfont{texgyreheros}[Extension=.otf,UprightFont=*-regular,ItalicFont=*-italic,BoldFont=*-bold,BoldItalicFont=*-bolditalic,Scale=0.9]
\setmonofont{DejaVuSansMono}[Extension=.ttf,UprightFont=*,BoldFont=*-Bold,ItalicFont=*,BoldItalicFont=*-Bold,Scale=0.78]
""",
    "preamble": r"""
\usepackage{amssymb}
% A rule: its name and its anchor. No page break separates the name from the text or a heading before it.
\makeatletter
\newenvironment{wprule}[2]{%
  \par\if@nobreak\else\needspace{5\baselineskip}\fi\medskip
  \noindent#2\textbf{\texttt{#1}}\par\nobreak\smallskip\@afterheading
  \begin{list}{}{\setlength{\leftmargin}{1em}\setlength{\topsep}{0pt}\setlength{\parsep}{3pt}}\item[]\ignorespaces
}{\end{list}\medskip}
\makeatother
""",
    "figure_align": "H",
}
latex_show_urls = "footnote"
