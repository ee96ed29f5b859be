/*
 * prompt: asks the person for something: from the terminal, secrets without echo; when standard input is no terminal,
 * a line of it each, for programs.  Never from the command line, which others can read.
 * Reasons  CONFIG_INVALID (no answer, or one that is too long).
 */
#ifndef HAYAT_CLI_PROMPT_H
#define HAYAT_CLI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

struct prompt {
    const char *question;
    bool secret;
};

/* Without the end of the line. */
status prompt_line(const struct prompt *prompt, char *out, size_t size);

/* "y", "yes", "o", "oui", "ن" or "نعم", as a person types it: in any case, with blanks around it. */
bool prompt_is_yes(const char *answer);

/* Whether somebody sits there. */
bool prompt_is_terminal(void);

#endif
