/* qr: a QR code (ISO/IEC 18004, correction level M) of TEXT in a square, with its quiet zone inside. */
#ifndef HAYAT_SERVER_PAPER_QR_H
#define HAYAT_SERVER_PAPER_QR_H

#include "paper/sheet.h"

/* BOX's width is the square's side.  A text too long for a QR code fails with PAPER_CONTENT. */
void qr_draw(struct sheet *sheet, const char *text, struct box box);

#endif
