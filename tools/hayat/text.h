/*
 * text: what the client says by itself, in French, Arabic and English; what the server refuses
 * comes translated from it.
 */
#ifndef HAYAT_CLI_TEXT_H
#define HAYAT_CLI_TEXT_H

#include "base/status.h"

enum text {
#define TEXT(name, en, fr, ar) TEXT_##name,
#include "text.def"
#undef TEXT
};

const char *text_get(enum text text, enum language language);

/* "fr", "ar_MA.UTF-8", "en-GB" …; false for any other. */
bool language_parse(const char *tag, enum language *ret);
/* From LC_ALL, LC_MESSAGES and LANG; French when they name none of the three. */
enum language language_of_environment(void);

#endif
