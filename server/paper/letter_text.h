/* letter_text: the words of the enrolment letter in each language; %s takes the date, %d the number of tries. */
#ifndef HAYAT_SERVER_PAPER_LETTER_TEXT_H
#define HAYAT_SERVER_PAPER_LETTER_TEXT_H

#include "base/status.h"

enum letter_text {
    LETTER_TITLE,
    LETTER_INTRO,
    LETTER_STEPS,
    LETTER_CODE,
    LETTER_VALID,
    LETTER_TRIES,
    LETTER_ALPHABET,
    LETTER_SECRET_TITLE,
    LETTER_SECRET,
    LETTER_AGENCY_TITLE,
    LETTER_AGENCY,
    LETTER_STRANGER_TITLE,
    LETTER_STRANGER,
    LETTER_TEXTS,
};

const char *letter_text(enum letter_text text, enum language language);

#endif
