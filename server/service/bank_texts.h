/*
 * bank_texts: the sentences of a change of account, in French, Arabic and English.
 * Memory  in the arena, or constants; NULL when the arena ran dry.
 */
#ifndef HAYAT_SERVICE_BANK_TEXTS_H
#define HAYAT_SERVICE_BANK_TEXTS_H

#include "base/arena.h"
#include "base/status.h"
#include "service/bank_change_rules.h"
#include "service/rib_rules.h"

/* What is signed: the whole new account, whose it is, and the one it takes the place of (SEC-C1). */
struct bank_sentence {
    enum language language;
    const struct rib *rib;
    const char *holder_name;
    const char *old_rib; /* "" when there is none */
};
char *bank_text_change(struct arena *arena, const struct bank_sentence *sentence);

/* What happens next, or what to do. */
const char *bank_text_next(enum language language, bank_change_state state);
const char *bank_text_refused(enum language language);

#endif
