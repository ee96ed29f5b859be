/*
 * json_file: what the client's JSON files share on top of jansson: fields copied with their bounds.
 */
#ifndef HAYAT_CLI_JSON_FILE_H
#define HAYAT_CLI_JSON_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* OUT gets the text, or "" and false when it is missing or does not fit. */
bool json_copy_text(const json_t *object, const char *key, char *out, size_t size);
/* OUT gets LEN bytes from their hex form. */
bool json_copy_hex(const json_t *object, const char *key, uint8_t *out, size_t len);
/* Takes JSON over; replaces the file as file_replace does. */
status json_replace_file(const char *path, json_t *json);

#endif
