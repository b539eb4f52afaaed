// What scrolls sideways can be reached by keys, and then scrolled by them: long lines of code, wide tables and pictures.
"use strict";
const scrollers = document.querySelectorAll("pre, .table-wrapper, .wide-picture");
const look = () => {
  for (const one of scrollers) {
    if (one.scrollWidth > one.clientWidth) one.tabIndex = 0;
    else one.removeAttribute("tabindex");
  }
};
look();
addEventListener("resize", look);
