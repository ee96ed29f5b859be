#include "checker/pdf_file.h"

#include <string.h>

enum { WAITING_MAX = 4 * LIMIT_CHECK_OBJECTS, VISITS_MAX = 20 * LIMIT_CHECK_OBJECTS };

check_reason pdf_file_open(struct pdf_file *file, bytes data, struct arena *arena)
{
    *file = (struct pdf_file){.pdf = qpdf_init(), .arena = arena};
    file->seen = arena_array(arena, LIMIT_CHECK_OBJECTS, 1);
    file->waiting = arena_array(arena, WAITING_MAX, sizeof *file->waiting);
    if (file->pdf == NULL || file->seen == NULL || file->waiting == NULL) {
        return WHY(TOO_LARGE);
    }
    qpdf_silence_errors(file->pdf);
    qpdf_set_suppress_warnings(file->pdf, QPDF_TRUE);
    qpdf_set_attempt_recovery(file->pdf, QPDF_FALSE);
    const QPDF_ERROR_CODE code = qpdf_read_memory(file->pdf, "", (const char *)data.ptr, data.len,
                                                  NULL);
    if ((code & QPDF_ERRORS) == 0) {
        return qpdf_is_encrypted(file->pdf) != 0 ? WHY(ENCRYPTED) : PASSED;
    }
    const enum qpdf_error_code_e why = qpdf_get_error_code(file->pdf, qpdf_get_error(file->pdf));
    return why == qpdf_e_password || why == qpdf_e_unsupported ? WHY(ENCRYPTED) : WHY(UNREADABLE);
}

void pdf_file_close(struct pdf_file *file)
{
    if (file->pdf != NULL) {
        qpdf_cleanup(&file->pdf);
    }
}

/* --- walking --- */

/* True when it was seen before; what has no number of its own never was. */
static bool was_seen(struct pdf_file *file, qpdf_oh object)
{
    const int id = qpdf_oh_get_object_id(file->pdf, object);
    if (id <= 0 || id >= LIMIT_CHECK_OBJECTS) {
        return false;
    }
    const bool seen = file->seen[id] != 0;
    file->seen[id] = 1;
    return seen;
}

void pdf_file_skip(struct pdf_file *file, qpdf_oh object)
{
    (void)was_seen(file, object);
}

static bool is_container(struct pdf_file *file, qpdf_oh object)
{
    return qpdf_oh_is_dictionary(file->pdf, object) != 0 ||
           qpdf_oh_is_array(file->pdf, object) != 0 || qpdf_oh_is_stream(file->pdf, object) != 0;
}

/* A number that was given up and used again.  Which object it names depends on who reads: many look at the number alone, and
   what is written anew gives each its own.  No scanner makes one. */
static bool is_used_again(struct pdf_file *file, qpdf_oh object)
{
    return qpdf_oh_get_generation(file->pdf, object) != 0;
}

/* Only what holds something waits. */
static check_reason wait_for(struct pdf_file *file, qpdf_oh object)
{
    const bool used_again = is_used_again(file, object);
    if (used_again || !is_container(file, object)) {
        qpdf_oh_release(file->pdf, object);
        return used_again ? WHY(UNREADABLE) : PASSED;
    }
    if (file->waiting_count == WAITING_MAX) {
        return WHY(TOO_LARGE);
    }
    file->waiting[file->waiting_count++] = object;
    return PASSED;
}

/* To an object with a number, which is visited for itself.  What stands in the dictionary is nobody's parent, whatever its key
   says. */
static bool leads_up(struct pdf_file *file, const char *key, qpdf_oh value)
{
    return (strcmp(key, "/Parent") == 0 || strcmp(key, "/P") == 0) &&
           qpdf_oh_is_indirect(file->pdf, value) != 0 && !is_used_again(file, value);
}

static check_reason wait_for_values(struct pdf_file *file, qpdf_oh dictionary)
{
    check_reason reason = PASSED;
    qpdf_oh_begin_dict_key_iter(file->pdf, dictionary);
    while (reason == PASSED && qpdf_oh_dict_more_keys(file->pdf) != 0) {
        const char *key = qpdf_oh_dict_next_key(file->pdf);
        const qpdf_oh value = qpdf_oh_get_key(file->pdf, dictionary, key);
        if (!file->climbs && leads_up(file, key, value)) {
            qpdf_oh_release(file->pdf, value);
        } else {
            reason = wait_for(file, value);
        }
    }
    return reason;
}

static check_reason wait_for_items(struct pdf_file *file, qpdf_oh array)
{
    const int count = qpdf_oh_get_array_n_items(file->pdf, array);
    check_reason reason = PASSED;
    for (int i = 0; reason == PASSED && i < count; i++) {
        reason = wait_for(file, qpdf_oh_get_array_item(file->pdf, array, i));
    }
    return reason;
}

static check_reason visit_dictionary(struct pdf_file *file, qpdf_oh object, pdf_visit *visit,
                                     void *ctx)
{
    const bool is_stream = qpdf_oh_is_stream(file->pdf, object) != 0;
    const qpdf_oh dictionary = is_stream ? qpdf_oh_get_dict(file->pdf, object) : object;
    check_reason reason = visit(file, dictionary, is_stream ? object : 0, ctx);
    if (reason == PASSED) {
        reason = wait_for_values(file, dictionary);
    }
    if (is_stream) {
        qpdf_oh_release(file->pdf, dictionary);
    }
    return reason;
}

static check_reason visit_one(struct pdf_file *file, qpdf_oh object, pdf_visit *visit, void *ctx)
{
    if (was_seen(file, object)) {
        return PASSED;
    }
    if (++file->visited > VISITS_MAX) {
        return WHY(TOO_LARGE);
    }
    if (qpdf_oh_is_array(file->pdf, object) != 0) {
        return wait_for_items(file, object);
    }
    return visit_dictionary(file, object, visit, ctx);
}

/* An object that is not where the table says reads as none here, and a program that mends would find it: what we have walked
   through is not what is shown then. */
static bool is_damaged(struct pdf_file *file)
{
    return qpdf_has_error(file->pdf) != 0 || qpdf_more_warnings(file->pdf) != 0;
}

static check_reason visit_waiting(struct pdf_file *file, pdf_visit *visit, void *ctx)
{
    check_reason reason = PASSED;
    while (reason == PASSED && file->waiting_count > 0) {
        const qpdf_oh object = file->waiting[--file->waiting_count];
        reason = visit_one(file, object, visit, ctx);
        qpdf_oh_release(file->pdf, object);
    }
    return reason == PASSED && is_damaged(file) ? WHY(UNREADABLE) : reason;
}

check_reason pdf_file_walk(struct pdf_file *file, qpdf_oh from, pdf_visit *visit, void *ctx)
{
    const check_reason reason = wait_for(file, from);
    return reason == PASSED ? visit_waiting(file, visit, ctx) : reason;
}

check_reason pdf_file_walk_values(struct pdf_file *file, qpdf_oh from, pdf_visit *visit, void *ctx)
{
    const check_reason reason = wait_for_values(file, from);
    return reason == PASSED ? visit_waiting(file, visit, ctx) : reason;
}

check_reason pdf_file_walk_rest(struct pdf_file *file, pdf_visit *visit, void *ctx)
{
    const qpdf_oh trailer = qpdf_get_trailer(file->pdf);
    const uint32_t size = pdf_file_number(file, trailer, "/Size");
    check_reason reason = size > LIMIT_CHECK_OBJECTS ? WHY(TOO_LARGE)
                                                     : pdf_file_walk(file, trailer, visit, ctx);
    for (uint32_t id = 1; reason == PASSED && id < size; id++) {
        reason = pdf_file_walk(file, qpdf_get_object_by_id(file->pdf, (int)id, 0), visit, ctx);
    }
    return reason;
}

/* --- looking --- */

bool pdf_file_is_name(struct pdf_file *file, qpdf_oh dictionary, const char *key, const char *name)
{
    const qpdf_oh value = qpdf_oh_get_key(file->pdf, dictionary, key);
    const bool same = qpdf_oh_is_name(file->pdf, value) != 0 &&
                      strcmp(qpdf_oh_get_name(file->pdf, value), name) == 0;
    qpdf_oh_release(file->pdf, value);
    return same;
}

uint32_t pdf_file_number(struct pdf_file *file, qpdf_oh dictionary, const char *key)
{
    const qpdf_oh value = qpdf_oh_get_key(file->pdf, dictionary, key);
    const double number = qpdf_oh_is_number(file->pdf, value) != 0
                              ? qpdf_oh_get_numeric_value(file->pdf, value)
                              : 0;
    qpdf_oh_release(file->pdf, value);
    return number > 0 && number < UINT32_MAX ? (uint32_t)number : 0;
}

const char *pdf_file_filter(struct pdf_file *file, qpdf_oh dictionary, size_t *ret_count)
{
    const char *name = "";
    qpdf_oh value = qpdf_oh_get_key(file->pdf, dictionary, "/Filter");
    *ret_count = qpdf_oh_is_name(file->pdf, value) != 0 ? 1 : 0;
    if (qpdf_oh_is_array(file->pdf, value) != 0) {
        *ret_count = (size_t)qpdf_oh_get_array_n_items(file->pdf, value);
        const qpdf_oh first = qpdf_oh_get_array_item(file->pdf, value, 0);
        qpdf_oh_release(file->pdf, value);
        value = first;
    }
    if (*ret_count > 0 && qpdf_oh_is_name(file->pdf, value) != 0) {
        name = qpdf_oh_get_name(file->pdf, value);
    }
    qpdf_oh_release(file->pdf, value);
    return name;
}

bytes pdf_file_raw(struct pdf_file *file, qpdf_oh stream)
{
    unsigned char *data = NULL;
    size_t len = 0;
    QPDF_BOOL decoded = QPDF_FALSE;
    const QPDF_ERROR_CODE code = qpdf_oh_get_stream_data(file->pdf, stream, qpdf_dl_none, &decoded,
                                                         &data, &len);
    if ((code & QPDF_ERRORS) != 0 || data == NULL) {
        free(data);
        return bytes_of(NULL, 0);
    }
    return bytes_of(data, len);
}
