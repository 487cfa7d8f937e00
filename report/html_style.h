// What RenderHtml's pages begin with: head and styles.

#ifndef LOCKSTEP_REPORT_HTML_STYLE_H_
#define LOCKSTEP_REPORT_HTML_STYLE_H_

namespace lockstep {

// Until <main>; TITLE stands for the title, twice. Figures keep a white ground
// in the dark: their lines are drawn for paper.
inline constexpr char kHtmlHead[] = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>TITLE</title>
<style>
:root { color-scheme: light dark; --ink: #111; --ground: #fff; --rule: #bbb;
        --mark: #fff1c2; --box: #f6f6f6; --link: #00508a; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e8; --ground: #161616; --rule: #555; --mark: #4a3c10;
          --box: #222; --link: #8ac4f0; } }
body { font: 15px/1.45 sans-serif; color: var(--ink);
       background: var(--ground); max-width: 75em; margin: 1.5em auto;
       padding: 0 1em; }
h1, h2, h3 { line-height: 1.2; }
h3 { font-size: 100%; margin: .3em 0; }
a { color: var(--link); }
nav ul { display: flex; flex-wrap: wrap; gap: .2em 1.2em; padding: 0;
         list-style: none; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .2em .7em; border-bottom: 1px solid var(--rule);
         text-align: left; white-space: nowrap; }
thead th { border-bottom: 2px solid var(--ink); white-space: normal;
           vertical-align: bottom; }
tbody th { font-weight: inherit; }
.n { text-align: right; }
.marked { background: var(--mark); outline: 1px dashed var(--ink);
          outline-offset: -2px; }
.box { background: var(--box); border-left: 4px solid var(--ink);
       padding: .3em 1em; margin: .8em 0; max-width: 58em; }
.error { border-left-style: double; border-left-width: 7px; }
figure { margin: 1.5em 0; }
figure svg { width: 100%; max-width: 60em; height: auto; background: #fff; }
.gallery { display: flex; flex-wrap: wrap; gap: 1em; }
.gallery figure { margin: 0; width: 9em; }
.gallery img { width: 96px; height: auto; image-rendering: pixelated; }
.gallery figcaption { font-size: 85%; line-height: 1.25; }
figcaption, p { max-width: 60em; }
@media print {
  nav { display: none; }
  body { max-width: none; font-size: 10pt; }
  a { color: inherit; text-decoration: none; }
  .wide { overflow: visible; }
  th, td { padding: .1em .4em; white-space: normal; }
  tr, figure, .box { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
</style>
</head>
<body>
<h1>TITLE</h1>
)";

}  // namespace lockstep

#endif  // LOCKSTEP_REPORT_HTML_STYLE_H_
