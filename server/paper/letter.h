/*
 * letter: the letters that the fund posts to its members: A4, bilingual, made to be folded in three for a DL window
 * envelope.
 *
 * Address  stands where the window of a DL envelope (110 x 220 mm; window 100 x 45 mm, 20 mm from the right and from
 *          the bottom edge) shows it however the sheet slides inside; nothing else stands there.
 * Folds    at 99 and 198 mm, marked at the left edge.  The last third is folded up over the middle one, the first one
 *          back: only the address lies outside.  The code stands on the middle third; the last third covers it with a
 *          screen of print, so that light through the envelope does not show it.
 * QR       of the enrolment letter, a URI for the app:
 *              hayat:enrol?id=<enrolment id>&code=<code>
 *          the id as StartEnrolment gave it ("enr_…"), the code as ConfirmEnrolment wants it (12 characters of
 *          Crockford's base32, upper case, no spaces).  Both consist of letters, digits and '_': nothing is escaped.
 * Memory   everything is borrowed for the call.  Texts are UTF-8; a pointer may be NULL where that is said.
 * Reasons  see paper/paper.h.
 */
#ifndef HAYAT_SERVER_PAPER_LETTER_H
#define HAYAT_SERVER_PAPER_LETTER_H

#include "base/clock.h"
#include "paper/paper.h"

enum {
    LETTER_CODE_MAX = 16,     /* characters of a code, as stored */
    LETTER_ID_MAX = 40,       /* ... of an enrolment id */
    LETTER_ADDRESS_MAX = 512, /* bytes of an address */
    LETTER_NAME_MAX = 400,    /* bytes of a name */
};

struct letter_addressee {
    const char *name;    /* in Latin script; NULL or empty when there is none */
    const char *name_ar; /* in Arabic script; NULL or empty when there is none; not both */
    const char *address; /* lines parted by '\n' */
};

/* What all letters have. */
struct letter_head {
    struct paper_fund fund;
    struct letter_addressee to;
    struct date date;      /* printed */
    int64_t created_ms;    /* the file's creation date: the caller's clock */
    const char *reference; /* of the letter in the fund's post room; NULL: none */
    enum language
        preferred; /* LANGUAGE_EN: an English page follows; French and Arabic are always there */
};

struct enrolment_letter {
    struct letter_head head;
    const char *enrolment_id; /* "enr_…" */
    const char *code;         /* digits and letters without spaces */
    struct date valid_until;  /* the last day */
    int32_t tries;            /* how many wrong codes end it */
};

status letter_enrolment(struct paper *paper, const struct enrolment_letter *letter,
                        const struct paper_output *output);

/* A title and paragraphs parted by '\n': what happened to the account.  en may be NULL unless it is preferred. */
struct notice_text {
    const char *title, *body;
};

struct notice_letter {
    struct letter_head head;
    struct notice_text fr, ar;
    const struct notice_text *en;
};

status letter_notice(struct paper *paper, const struct notice_letter *letter,
                     const struct paper_output *output);

#endif
