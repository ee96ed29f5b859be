/*
 * pdf_file: a PDF opened by qpdf, and the one way to go through its objects; for pdf*.c only.
 */
#ifndef HAYAT_SERVER_CHECKER_PDF_FILE_H
#define HAYAT_SERVER_CHECKER_PDF_FILE_H

#include <qpdf/qpdf-c.h>

#include "base/arena.h"
#include "checker/finding.h"

struct pdf_file {
    qpdf_data pdf;
    struct arena *arena;
    bool climbs;                   /* goes up to parents too */
    uint8_t *seen;                 /* by object number: visited, or not to be */
    qpdf_oh *waiting;              /* objects to visit */
    size_t waiting_count, visited; /* at most PDF_WAITING_MAX wait */
};

/* Damaged files are not mended.  Close it whatever comes. */
check_reason pdf_file_open(struct pdf_file *file, bytes data, struct arena *arena);
void pdf_file_close(struct pdf_file *file);

/* Called with each dictionary, that of a stream included, before what is in it is visited; STREAM is 0 for one that is none. */
typedef check_reason pdf_visit(struct pdf_file *file, qpdf_oh dictionary, qpdf_oh stream,
                               void *ctx);

/* Everything that can be reached from FROM and was not seen yet, without going up to parents unless it climbs.  Ends at the
   first reason; UNREADABLE for an object of another generation than the first, which another program may read otherwise. */
check_reason pdf_file_walk(struct pdf_file *file, qpdf_oh from, pdf_visit *visit, void *ctx);
/* The same of what is in the dictionary FROM, not of itself, which may have been seen. */
check_reason pdf_file_walk_values(struct pdf_file *file, qpdf_oh from, pdf_visit *visit, void *ctx);
/* Everything of the file that was not seen yet, reachable or not. */
check_reason pdf_file_walk_rest(struct pdf_file *file, pdf_visit *visit, void *ctx);
/* Not to be visited. */
void pdf_file_skip(struct pdf_file *file, qpdf_oh object);

/* What DICTIONARY's KEY says is exactly this name: "/Flate…". */
bool pdf_file_is_name(struct pdf_file *file, qpdf_oh dictionary, const char *key, const char *name);
/* 0 when it is no number of that range. */
uint32_t pdf_file_number(struct pdf_file *file, qpdf_oh dictionary, const char *key);
/* The stream's one filter, or the first of several (*RET_COUNT says how many); "" for none.  Good until the next call. */
const char *pdf_file_filter(struct pdf_file *file, qpdf_oh dictionary, size_t *ret_count);
/* A stream's bytes as they stand in the file, in memory that free() takes back; empty when they cannot be read. */
bytes pdf_file_raw(struct pdf_file *file, qpdf_oh stream);

#endif
