/*
 * document_verdict: reads what hayat-check answered.  The program looked at a stranger's bytes: its word is a stranger's too.
 *
 * Memory   the row lives in the arena.
 * Reasons  HELPER_FAILED: it is no verdict, or says what the program has no business to say.
 */
#ifndef HAYAT_SERVICE_DOCUMENT_VERDICT_H
#define HAYAT_SERVICE_DOCUMENT_VERDICT_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/limits_checker.h"
#include "base/status.h"
#include "hayat/store/v1/check.pb-c.h"

/* PASSED with every page, or REFUSED with one of the reasons that a file's own bytes give. */
status document_verdict_read(bytes answer, struct arena *arena,
                             Hayat__Store__V1__StoredDocumentCheck *ret_row);

#endif
