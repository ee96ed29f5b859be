/*
 * paper: documents on A4 paper as PDF, in the fund's two scripts (Pango, Cairo, libqrencode).
 *
 * For programs beside the server: hayat-courier renders letters, hayat-paper renders statements.  hayatd does not link
 * it (SEC-E4).  Every document is a function of its struct and paper.h's output: the same struct gives the same bytes.
 * Time comes from the caller, and the file's metadata say what kind of document it is, never whose (SEC-E7).
 *
 * Fonts    Noto Sans and Noto Naskh Arabic, regular and bold: four files by name from one directory.  No other font of
 *          the machine is looked at, so none can slip in.
 *          They become the whole process's fonts.
 * Units    places on the sheet are millimetres from its top left corner; type is in points.
 * Threads  a struct paper belongs to one thread at a time.
 * Reasons  PAPER_FONTS (a font file is missing) · PAPER_CONTENT (a text is not UTF-8, or does not fit where it must) ·
 *          INTERNAL (Cairo or Pango) · what the output's write says.
 */
#ifndef HAYAT_SERVER_PAPER_PAPER_H
#define HAYAT_SERVER_PAPER_PAPER_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

#define PAPER_FONT_DIRECTORY "/usr/share/fonts/truetype/noto"

/* The fonts, opened once: about 20 ms. */
struct paper;

/* FONT_DIRECTORY may be NULL: PAPER_FONT_DIRECTORY.  Afterwards no file is opened any more, so that the process may
   give up its right to. */
status paper_open(const char *font_directory, struct paper **ret_paper);
void paper_close(struct paper *paper);

/* Where the PDF goes, piece by piece. */
struct paper_output {
    status (*write)(void *ctx, bytes piece);
    void *ctx;
};

/* Who writes: printed at the head and foot of each document.  No pointer may be NULL; texts may be empty. */
struct paper_fund {
    const char *name_fr, *name_ar;
    const char *address; /* one line, or several parted by '\n' */
    const char *phone;   /* "+212 5 37 00 00 00" */
    const char *site;    /* "www.example.ma" */
};

#endif
