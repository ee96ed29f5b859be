/* receipt_words: the words of a printed receipt, French and Arabic. */
#ifndef HAYAT_SERVER_RENDERER_RECEIPT_WORDS_H
#define HAYAT_SERVER_RENDERER_RECEIPT_WORDS_H

#include "hayat/v1/life_certificate.pb-c.h"
#include "paper/text.h"

enum receipt_words {
    RECEIPT_TITLE_FILING,
    RECEIPT_TITLE_DECISION,
    RECEIPT_SAYS_FILED,
    RECEIPT_SAYS_FILED_LATE,
    RECEIPT_SAYS_ACCEPTED,
    RECEIPT_SAYS_CONFIRMED,
    RECEIPT_SAYS_REFUSED,
    RECEIPT_NUMBER,
    RECEIPT_CERTIFICATE,
    RECEIPT_YEAR,
    RECEIPT_PENSION,
    RECEIPT_FILED_AT,
    RECEIPT_DUE,
    RECEIPT_DECIDED_AT,
    RECEIPT_FILING_NUMBER,
    RECEIPT_CONFIRMED_ON,
    RECEIPT_REGISTRY_REFERENCE,
    RECEIPT_SHEETS,
    RECEIPT_PAPER_REFERENCE,
    RECEIPT_FINDINGS,
    RECEIPT_NOTE,
    RECEIPT_WORDS,
};

const struct text_pair *receipt_words(enum receipt_words words);
const struct text_pair *receipt_item(Hayat__V1__DocumentItem item);

#endif
