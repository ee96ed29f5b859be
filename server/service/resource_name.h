/*
 * resource_name: the names google.bytestream knows our files by: "uploads/upl_…" and "documents/doc_…".
 * The two are the same 16 bytes: a filed document is what its upload became.
 */
#ifndef HAYAT_SERVICE_RESOURCE_NAME_H
#define HAYAT_SERVICE_RESOURCE_NAME_H

#include <stdbool.h>

#include "base/id.h"

bool upload_name_parse(const char *name, struct id *ret_id);
bool document_name_parse(const char *name, struct id *ret_id);

#endif
