#include "checker/pdf.h"

#include <ctype.h>
#include <string.h>

#include "base/array.h"
#include "checker/inflated.h"
#include "checker/jpeg.h"
#include "checker/pdf_file.h"

enum { END_REACH_BYTES = 1024, READABLE_SIDE = 1000 };

struct checking {
    struct pdf_file file;
    struct finding *finding;
    uint64_t inflated; /* all streams together */
};

/* --- the end --- */

/* Where the last "%%EOF" ends; 0 when none stands near the end. */
static size_t find_end(bytes file)
{
    static const char mark[] = "%%EOF";
    const size_t len = sizeof mark - 1;
    for (size_t back = len; back <= END_REACH_BYTES && back <= file.len; back++) {
        if (memcmp(file.ptr + file.len - back, mark, len) == 0) {
            return file.len - back + len;
        }
    }
    return 0;
}

/* --- what no scan holds --- */

struct forbidden {
    const char *key, *value; /* NULL: any value */
    check_reason reason;
    bool in_streams; /* elsewhere the key says something else */
};

/* SEC-E6: programs, what starts one, what fetches or sends, and other files. */
static const struct forbidden forbidden[] = {
    {"/JS", NULL, WHY(SCRIPTED)},
    {"/JavaScript", NULL, WHY(SCRIPTED)},
    {"/XFA", NULL, WHY(SCRIPTED)},
    {"/S", "/JavaScript", WHY(SCRIPTED)},
    {"/S", "/Launch", WHY(SCRIPTED)},
    {"/S", "/SubmitForm", WHY(SCRIPTED)},
    {"/S", "/ImportData", WHY(SCRIPTED)},
    {"/S", "/GoToR", WHY(SCRIPTED)},
    {"/S", "/GoToE", WHY(SCRIPTED)},
    {"/S", "/Rendition", WHY(SCRIPTED)},
    {"/S", "/RichMediaExecute", WHY(SCRIPTED)},
    {"/S", "/URI", WHY(SCRIPTED)},
    {"/S", "/Thread", WHY(SCRIPTED)},
    {"/S", "/Sound", WHY(SCRIPTED)},
    {"/S", "/Movie", WHY(SCRIPTED)},
    {"/URI", NULL, WHY(SCRIPTED)},
    {"/OPI", NULL, WHY(SCRIPTED)},
    {"/Ref", NULL, WHY(SCRIPTED), .in_streams = true},
    {"/Subtype", "/PS", WHY(SCRIPTED)},
    {"/F", NULL, WHY(EMBEDDED_FILE), .in_streams = true},
    {"/FS", NULL, WHY(EMBEDDED_FILE)},
    {"/UF", NULL, WHY(EMBEDDED_FILE)},
    {"/Type", "/Filespec", WHY(EMBEDDED_FILE)},
    {"/Type", "/F", WHY(EMBEDDED_FILE)},
    {"/EmbeddedFiles", NULL, WHY(EMBEDDED_FILE)},
    {"/EF", NULL, WHY(EMBEDDED_FILE)},
    {"/Type", "/EmbeddedFile", WHY(EMBEDDED_FILE)},
    {"/Subtype", "/FileAttachment", WHY(EMBEDDED_FILE)},
    {"/Subtype", "/RichMedia", WHY(EMBEDDED_FILE)},
    {"/Subtype", "/3D", WHY(EMBEDDED_FILE)},
    {"/Subtype", "/Movie", WHY(EMBEDDED_FILE)},
    {"/Subtype", "/Sound", WHY(EMBEDDED_FILE)},
    {"/Subtype", "/Screen", WHY(EMBEDDED_FILE)},
};

static check_reason look_for_forbidden(struct pdf_file *file, qpdf_oh dictionary, bool is_stream)
{
    for (size_t i = 0; i < ARRAY_LEN(forbidden); i++) {
        const struct forbidden *row = &forbidden[i];
        if (row->in_streams && !is_stream) {
            continue;
        }
        if (row->value == NULL ? qpdf_oh_has_key(file->pdf, dictionary, row->key) != 0
                               : pdf_file_is_name(file, dictionary, row->key, row->value)) {
            return row->reason;
        }
    }
    return PASSED;
}

/* --- what would unpack to more than a scan --- */

static bool is_image(struct pdf_file *file, qpdf_oh dictionary)
{
    return pdf_file_is_name(file, dictionary, "/Subtype", "/Image");
}

/* How scanners and phones pack: what is counted here, and pictures whose size is known.  LZW is none of them for thirty years. */
static bool is_known_filter(const char *name)
{
    static const char *const known[] = {
        "", "/FlateDecode", "/DCTDecode", "/CCITTFaxDecode", "/JBIG2Decode", "/JPXDecode"};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (strcmp(known[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* A stream packed twice is a bomb's shape; what is in it could not be counted, nor a photo's place taken out of it. */
static check_reason look_at_size(struct checking *checking, qpdf_oh dictionary, qpdf_oh stream)
{
    struct pdf_file *file = &checking->file;
    size_t filters = 0;
    const char *filter = pdf_file_filter(file, dictionary, &filters);
    const bool deflated = strcmp(filter, "/FlateDecode") == 0;
    if (filters > 1 || (filters == 1 && filter[0] == '\0') || !is_known_filter(filter)) {
        return WHY(TOO_LARGE);
    }
    const uint64_t pixels = (uint64_t)pdf_file_number(file, dictionary, "/Width") *
                            pdf_file_number(file, dictionary, "/Height");
    if (is_image(file, dictionary) && pixels > LIMIT_CHECK_PIXELS) {
        return WHY(TOO_LARGE);
    }
    if (!deflated) {
        return PASSED;
    }
    const bytes raw = pdf_file_raw(file, stream);
    const check_reason reason = inflated_count(raw, &checking->inflated);
    free((void *)(uintptr_t)raw.ptr);
    return reason;
}

/* A pdf_visit. */
static check_reason look(struct pdf_file *file, qpdf_oh dictionary, qpdf_oh stream, void *ctx)
{
    const check_reason reason = look_for_forbidden(file, dictionary, stream != 0);
    return reason == PASSED && stream != 0 ? look_at_size(ctx, dictionary, stream) : reason;
}

/* --- a page's picture --- */

/* The largest image that the page shows by itself; 0 for none. */
static qpdf_oh find_picture(struct pdf_file *file, qpdf_oh page)
{
    const qpdf_oh resources = qpdf_oh_get_key(file->pdf, page, "/Resources");
    const qpdf_oh objects = qpdf_oh_get_key_if_dict(file->pdf, resources, "/XObject");
    qpdf_oh largest = 0;
    uint64_t most = 0;
    if (qpdf_oh_is_dictionary(file->pdf, objects) != 0) {
        qpdf_oh_begin_dict_key_iter(file->pdf, objects);
    }
    while (qpdf_oh_is_dictionary(file->pdf, objects) != 0 &&
           qpdf_oh_dict_more_keys(file->pdf) != 0) {
        const qpdf_oh object = qpdf_oh_get_key(file->pdf, objects,
                                               qpdf_oh_dict_next_key(file->pdf));
        if (qpdf_oh_is_stream(file->pdf, object) == 0) {
            continue;
        }
        const qpdf_oh dictionary = qpdf_oh_get_dict(file->pdf, object);
        const uint64_t pixels = (uint64_t)pdf_file_number(file, dictionary, "/Width") *
                                pdf_file_number(file, dictionary, "/Height");
        if (is_image(file, dictionary) && pixels > most) {
            most = pixels;
            largest = object;
        }
        qpdf_oh_release(file->pdf, dictionary);
    }
    return largest;
}

/* Photographs are looked at as any other; of what scanners pack otherwise the size is known. */
static check_reason judge_picture(struct checking *checking, qpdf_oh picture, struct page *page)
{
    struct pdf_file *file = &checking->file;
    size_t filters = 0, end = 0;
    const qpdf_oh dictionary = qpdf_oh_get_dict(file->pdf, picture);
    page->width_px = pdf_file_number(file, dictionary, "/Width");
    page->height_px = pdf_file_number(file, dictionary, "/Height");
    page->low_resolution = page->width_px < READABLE_SIDE && page->height_px < READABLE_SIDE;
    if (strcmp(pdf_file_filter(file, dictionary, &filters), "/DCTDecode") != 0 || filters != 1) {
        return PASSED;
    }
    const bytes raw = pdf_file_raw(file, picture);
    const struct arena_mark mark = arena_mark(file->arena);
    const check_reason reason = jpeg_check(raw, file->arena, page, &end);
    arena_rewind(file->arena, mark);
    free((void *)(uintptr_t)raw.ptr);
    return reason;
}

/* Nothing but white space is drawn. */
static check_reason look_at_content(struct pdf_file *file, qpdf_oh object, struct page *page)
{
    unsigned char *content = NULL;
    size_t len = 0, at = 0;
    if ((qpdf_oh_get_page_content_data(file->pdf, object, &content, &len) & QPDF_ERRORS) != 0) {
        return WHY(UNREADABLE);
    }
    while (at < len && isspace(content[at]) != 0) {
        at++;
    }
    page->blank = at == len && qpdf_oh_has_key(file->pdf, object, "/Annots") == 0;
    free(content);
    return PASSED;
}

static check_reason check_page(struct checking *checking, qpdf_oh object, struct page *page)
{
    struct pdf_file *file = &checking->file;
    check_reason reason = look(file, object, 0, checking);
    if (reason == PASSED) {
        reason = pdf_file_walk_values(file, object, look, checking);
    }
    if (reason == PASSED) {
        reason = look_at_content(file, object, page);
    }
    const qpdf_oh picture = reason == PASSED && !page->blank ? find_picture(file, object) : 0;
    return picture != 0 ? judge_picture(checking, picture, page) : reason;
}

/* --- the file --- */

static check_reason check_pages(struct checking *checking)
{
    struct finding *finding = checking->finding;
    for (uint32_t i = 0; i < finding->page_count; i++) {
        pdf_file_skip(&checking->file, qpdf_get_page_n(checking->file.pdf, i));
    }
    for (uint32_t i = 0; i < finding->page_count; i++) {
        const qpdf_oh page = qpdf_get_page_n(checking->file.pdf, i);
        const check_reason reason = check_page(checking, page, &finding->pages[i]);
        qpdf_oh_release(checking->file.pdf, page);
        if (reason != PASSED) {
            finding->page = i + 1;
            return reason;
        }
    }
    return PASSED;
}

static check_reason check_file(struct checking *checking)
{
    struct pdf_file *file = &checking->file;
    const int count = qpdf_get_num_pages(file->pdf);
    if (count <= 0) {
        return count < 0 || qpdf_has_error(file->pdf) != 0 ? WHY(UNREADABLE) : WHY(EMPTY);
    }
    if (count > LIMIT_CHECK_PAGES) {
        return WHY(TOO_MANY_PAGES);
    }
    checking->finding->page_count = (uint32_t)count;
    if ((qpdf_push_inherited_attributes_to_page(file->pdf) & QPDF_ERRORS) != 0) {
        return WHY(UNREADABLE);
    }
    const check_reason reason = check_pages(checking);
    return reason == PASSED ? pdf_file_walk_rest(file, look, checking) : reason;
}

check_reason pdf_check(bytes file, struct arena *arena, struct finding *finding, size_t *ret_end)
{
    struct checking checking = {.finding = finding};
    *ret_end = find_end(file);
    if (*ret_end == 0) {
        return WHY(TRUNCATED);
    }
    check_reason reason = pdf_file_open(&checking.file, file, arena);
    if (reason == PASSED) {
        reason = check_file(&checking);
    }
    pdf_file_close(&checking.file);
    return reason;
}
