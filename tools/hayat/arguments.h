/* arguments: the command line of hayat, parsed by popt. */
#ifndef HAYAT_CLI_ARGUMENTS_H
#define HAYAT_CLI_ARGUMENTS_H

#include <stdbool.h>

#include "hayat.h"

enum arguments_result {
    ARGUMENTS_RUN,  /* a command was named */
    ARGUMENTS_HELP, /* --help */
    ARGUMENTS_WRONG /* told on standard error */
};

/* Whatever the outcome, arguments_fini comes later. */
enum arguments_result arguments_parse(int argc, const char **argv, struct arguments *ret,
                                      status (**ret_command)(struct hayat *hayat));
void arguments_fini(struct arguments *arguments);

#endif
