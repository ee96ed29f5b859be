/* fonts: the four font files as one Pango font map, and nothing else of the machine's fonts. */
#ifndef HAYAT_SERVER_PAPER_FONTS_H
#define HAYAT_SERVER_PAPER_FONTS_H

#include <pango/pango.h>

#include "paper/paper.h"

struct paper {
    PangoFontMap *fonts;
};

/* A context that lays text out as print wants it, without a screen's rounding.  The caller unrefs it. */
PangoContext *paper_text_context(struct paper *paper, PangoDirection direction);

#endif
