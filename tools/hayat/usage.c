#include "usage.h"

static struct {
    const char *what; /* NULL: nothing is wrong */
    enum text expected;
} wrong;

void usage_note(const char *what, enum text expected)
{
    if (wrong.what == NULL) {
        wrong.what = what;
        wrong.expected = expected;
    }
}

void usage_tell(FILE *out, enum language language)
{
    if (wrong.what != NULL) {
        (void)fprintf(out, "%s: %s", wrong.what, text_get(wrong.expected, language));
    }
}
