/* help: the pages of --help, in the three languages. */
#ifndef HAYAT_CLI_HELP_H
#define HAYAT_CLI_HELP_H

#include "base/status.h"

/* On standard output. */
void help_print(enum language language);

#endif
