#include "text.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

static const char *const texts[][3] = {
#define TEXT(name, en, fr, ar)                                                                     \
    [TEXT_##name] = {[LANGUAGE_EN] = (en), [LANGUAGE_FR] = (fr), [LANGUAGE_AR] = (ar)},
#include "text.def"
#undef TEXT
};

const char *text_get(enum text text, enum language language)
{
    return texts[text][language];
}

bool language_parse(const char *tag, enum language *ret)
{
    static const struct {
        const char *code;
        enum language language;
    } known[] = {{"fr", LANGUAGE_FR}, {"ar", LANGUAGE_AR}, {"en", LANGUAGE_EN}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        bool same = strncmp(tag, known[i].code, 2) == 0;
        if (same && (tag[2] == '\0' || strchr("_-.@", tag[2]) != NULL)) {
            *ret = known[i].language;
            return true;
        }
    }
    return false;
}

enum language language_of_environment(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    enum language language = LANGUAGE_FR;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0') {
            (void)language_parse(value, &language);
            return language;
        }
    }
    return language;
}
