/*
 * output: one generated file, written in memory and then to disk only when it changed, so that
 * nothing is rebuilt for the same text.
 */
#ifndef HAYAT_RPCGEN_OUTPUT_H
#define HAYAT_RPCGEN_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

struct output {
    FILE *file; /* print to it */
    char *text;
    size_t len;
};

/* False when there is no memory. */
bool output_open(struct output *output);
/* Closes OUTPUT; writes DIRECTORY/NAME, making directories.  False, with a line on standard error,
   when it cannot. */
bool output_close(struct output *output, const char *directory, const char *name);

#endif
