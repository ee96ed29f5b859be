/* Hostile PDFs for files.h: what runs, what carries other files, what is locked, what unpacks to more than it should. */
#include <assert.h>
#include <stdio.h>
#include <zlib.h>

#include "base/array.h"
#include "tests/checker/files.h"

void files_add_hostile_pdfs(struct file_list *list);

#define CATALOG "<</Type/Catalog/Pages 2 0 R"
#define PAGES "<</Type/Pages/Count 2/Kids[3 0 R 4 0 R]>>"
#define PAGE "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R"
#define CONTENTS "<</Length 19>>stream\n0 0 m 100 100 l S \n\nendstream"

/* Two pages; what is put into the catalogue and the second page, and one object more (6 0 R). */
struct parts {
    const char *name, *catalog, *second_page, *object;
    check_reason reason;
    uint32_t page;
};

static const struct parts scripted[] = {
    {"opens a script", "/OpenAction<</S/JavaScript/JS(app.alert(1))>>", "", "null", WHY(SCRIPTED),
     0},
    {"opens a script by an escaped name", "/OpenAction<</S/J#61vaScript/J#53(app.alert(1))>>", "",
     "null", WHY(SCRIPTED), 0},
    {"names a script", "/Names<</JavaScript<</Names[(a)6 0 R]>>>>", "", "<</S/JavaScript/JS(1)>>",
     WHY(SCRIPTED), 0},
    {"a script on its second page", "", "/AA<</O<</S/JavaScript/JS(1)>>>>", "null", WHY(SCRIPTED),
     2},
    {"a script in an annotation", "", "/Annots[6 0 R]",
     "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/JavaScript/JS(1)>>>>", WHY(SCRIPTED), 2},
    {"a script in a following action", "", "/Annots[6 0 R]",
     "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(x)/Next[<</S/JavaScript/JS(1)>>]>>>>",
     WHY(SCRIPTED), 2},
    {"a script where a parent should be", "", "/Annots[6 0 R]",
     "<</Type/Annot/Subtype/Widget/Rect[0 0 9 "
     "9]/Parent<</FT/Tx/T(x)/AA<</K<</S/JavaScript/JS(1)>>>>"
     ">>>>",
     WHY(SCRIPTED), 2},
    {"a script where a page should be", "", "/Annots[6 0 R]",
     "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/P<</A<</S/JavaScript/JS(1)>>>>>>", WHY(SCRIPTED), 2},
    {"opens an address", "/OpenAction<</S/URI/URI(file://server/share/x)>>", "", "null",
     WHY(SCRIPTED), 0},
    {"a base for addresses", "/URI<</Base(file://server/)>>", "", "null", WHY(SCRIPTED), 0},
    {"opens another file's thread", "/OpenAction<</S/Thread/F(\\\\\\\\server\\\\share)/D 0>>", "",
     "null", WHY(SCRIPTED), 0},
    {"draws another file's page", "", "/Resources<</XObject<</a 6 0 R>>>>",
     "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Ref<</F(\\\\\\\\server\\\\x.pdf)/Page 0>>/Length 3"
     ">>stream\nq Q\nendstream",
     WHY(SCRIPTED), 2},
    {"an image that lies elsewhere", "", "/Resources<</XObject<</a 6 0 R>>>>",
     "<</Type/XObject/Subtype/Image/Width 9/Height 9/ColorSpace/DeviceGray/BitsPerComponent 8"
     "/F(http://example.invalid/x)/FFilter/DCTDecode/Length 0>>stream\n\nendstream",
     WHY(EMBEDDED_FILE), 2},
    {"the name of a file", "", "/X 6 0 R", "<</Type/Filespec/FS/URL/F(http://example.invalid/x)>>",
     WHY(EMBEDDED_FILE), 2},
    {"starts a program", "/OpenAction<</S/Launch/F(cmd.exe)>>", "", "null", WHY(SCRIPTED), 0},
    {"sends a form", "", "/Annots[6 0 R]",
     "<</Type/Annot/Subtype/Widget/Rect[0 0 9 9]/A<</S/SubmitForm/F(http://example.invalid)>>>>",
     WHY(SCRIPTED), 2},
    {"takes data in", "/OpenAction<</S/ImportData/F(x)>>", "", "null", WHY(SCRIPTED), 0},
    {"opens another file", "/OpenAction<</S/GoToR/F(\\\\\\\\server\\\\share)>>", "", "null",
     WHY(SCRIPTED), 0},
    {"a form of XFA", "/AcroForm<</XFA 6 0 R/Fields[]>>", "",
     "<</Length 5>>stream\n<xdp>\nendstream", WHY(SCRIPTED), 0},
    {"a script nobody points to", "", "", "<</S/JavaScript/JS(1)>>", WHY(SCRIPTED), 0},
    {"PostScript", "", "/Resources<</XObject<</a 6 0 R>>>>",
     "<</Type/XObject/Subtype/PS/Length 2>>stream\n{}\nendstream", WHY(SCRIPTED), 2},
    {"a file in it", "/Names<</EmbeddedFiles<</Names[(a)6 0 R]>>>>", "",
     "<</Type/Filespec/F(a.exe)>>", WHY(EMBEDDED_FILE), 0},
    {"a file's data", "", "", "<</Type/EmbeddedFile/Length 2>>stream\nMZ\nendstream",
     WHY(EMBEDDED_FILE), 0},
    {"a file on a page", "", "/Annots[6 0 R]",
     "<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]>>", WHY(EMBEDDED_FILE), 2},
    {"a film on a page", "", "/Annots[6 0 R]", "<</Type/Annot/Subtype/RichMedia/Rect[0 0 9 9]>>",
     WHY(EMBEDDED_FILE), 2},
    {"a sound on a page", "", "/Annots[6 0 R]", "<</Type/Annot/Subtype/Sound/Rect[0 0 9 9]>>",
     WHY(EMBEDDED_FILE), 2},
    {"an image of 3.6 gigapixels", "", "/Resources<</XObject<</a 6 0 R>>>>",
     "<</Type/XObject/Subtype/Image/Width 60000/Height 60000/BitsPerComponent "
     "8/ColorSpace/DeviceGray/Length 1>>stream\n0\nendstream",
     WHY(TOO_LARGE), 2},
    {"packed three times", "", "",
     "<</Filter[/FlateDecode/FlateDecode/FlateDecode]/Length 1>>stream\n0\nendstream",
     WHY(TOO_LARGE), 0},
    {"packed twice", "", "",
     "<</Filter[/ASCIIHexDecode/FlateDecode]/Length 19>>stream\n789C030000000001>  \nendstream",
     WHY(TOO_LARGE), 0},
    {"packed as nobody packs", "", "",
     "<</Filter/LZWDecode/Length 4>>stream\n\x80\x0b\x60\x50\nendstream", WHY(TOO_LARGE), 0},
    {"packed by what is no name", "", "", "<</Filter[1]/Length 1>>stream\n0\nendstream",
     WHY(TOO_LARGE), 0},
    {"a stream that is none", "", "/Resources<</XObject<</a 6 0 R>>>>",
     "<</Type/XObject/Subtype/Image/Width 9/Height 9/BitsPerComponent "
     "8/ColorSpace/DeviceGray/Filter/FlateDecode/Length 9>>stream\nnot zlib!\nendstream",
     WHY(UNREADABLE), 2},
    {"a photo that is none", "", "/Resources<</XObject<</a 6 0 R>>>>",
     "<</Type/XObject/Subtype/Image/Width 9/Height 9/BitsPerComponent "
     "8/ColorSpace/DeviceGray/Filter/DCTDecode/Length 8>>stream\nno photo\nendstream",
     WHY(UNREADABLE), 2},
};

static bytes build(struct arena *arena, const struct parts *parts)
{
    const char *objects[] = {
        arena_printf(arena, CATALOG "%s>>", parts->catalog),  PAGES,    (PAGE ">>"),
        arena_printf(arena, PAGE "%s>>", parts->second_page), CONTENTS, parts->object};
    return pdf_of_objects(arena, objects, ARRAY_LEN(objects));
}

/* As they are, and with their objects packed away; what nothing points to is gone then. */
static void add_scripted(struct file_list *list)
{
    for (size_t i = 0; i < ARRAY_LEN(scripted); i++) {
        const struct parts *parts = &scripted[i];
        struct file file = {.name = parts->name,
                            .type = "application/pdf",
                            .data = build(&list->arena, parts),
                            .reason = parts->reason,
                            .page = parts->page};
        file_list_expect(list, &file);
        if (parts->catalog[0] != '\0' || parts->second_page[0] != '\0') {
            file.name = arena_printf(&list->arena, "%s, packed", parts->name);
            file.data = pdf_packed(&list->arena, file.data);
            file_list_expect(list, &file);
        }
    }
}

/* Written behind PDF as a program would that changed it: object 6 given up, and its number used again. */
static bytes with_number_used_again(struct arena *arena, bytes pdf, const char *object)
{
    const char *again = arena_printf(arena, "6 1 obj\n%s\nendobj\n", object);
    const char *table = strstr((const char *)pdf.ptr, "\nxref\n");
    assert(table != NULL); /* the arena's zeroes end the text */
    const char *section = arena_printf(
        arena,
        "xref\n6 1\n%010zu 00001 n \ntrailer\n<</Size 7/Root 1 0 R/Prev %zu>>\nstartxref\n"
        "%zu\n%%%%EOF\n",
        pdf.len, (size_t)(table + 1 - (const char *)pdf.ptr), pdf.len + strlen(again));
    return joined(arena, joined(arena, pdf, bytes_str(again)), bytes_str(section));
}

/* Two objects of one number: what is looked at must be what is shown, by whatever program. */
static void add_used_again(struct file_list *list)
{
    static const struct parts rows[] = {
        {"a number used again, beside what it was", "/OpenAction 6 1 R", "/X 6 0 R", "<</A 1>>",
         WHY(UNREADABLE), 0},
        {"a number used again", "/OpenAction 6 1 R", "", "<</A 1>>", WHY(UNREADABLE), 0},
        {"a number used again on its second page", "", "/X 6 0 R/AA<</O 6 1 R>>", "<</A 1>>",
         WHY(UNREADABLE), 2},
        {"a number used again for a parent", "",
         "/Annots[<</Type/Annot/Subtype/Widget/Rect[0 0 9 9]/Parent 6 1 R>>]", "<</A 1>>",
         WHY(UNREADABLE), 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        file_list_expect(list, &(struct file){.name = rows[i].name,
                                              .type = "application/pdf",
                                              .data = with_number_used_again(
                                                  &list->arena, build(&list->arena, &rows[i]),
                                                  "<</Type/Action/S/JavaScript/JS(app.alert(1))>>"),
                                              .reason = rows[i].reason,
                                              .page = rows[i].page});
    }
}

static void add_locked(struct file_list *list)
{
    struct arena *a = &list->arena;
    const bytes pdf = pdf_drawn(a, 2);
    static const char *const passwords[] = {"", "secret"};
    for (size_t i = 0; i < ARRAY_LEN(passwords); i++) {
        file_list_expect(list,
                         &(struct file){.name = arena_printf(a, "locked with \"%s\"", passwords[i]),
                                        .type = "application/pdf",
                                        .data = pdf_encrypted(a, pdf, passwords[i]),
                                        .reason = WHY(ENCRYPTED)});
    }
}

/* A content stream of 300 million spaces. */
static bytes bomb(struct arena *arena)
{
    enum { UNPACKED = 300 * 1000 * 1000, ROOM = 1000 * 1000 };
    static uint8_t spaces[65536];
    uint8_t *packed = arena_alloc(arena, ROOM);
    z_stream stream = {.next_out = packed, .avail_out = ROOM};
    memset(spaces, ' ', sizeof spaces);
    (void)deflateInit(&stream, 9);
    for (size_t done = 0; done < UNPACKED; done += sizeof spaces) {
        stream.next_in = spaces;
        stream.avail_in = sizeof spaces;
        (void)deflate(&stream, Z_NO_FLUSH);
    }
    (void)deflate(&stream, Z_FINISH);
    const size_t len = stream.total_out;
    (void)deflateEnd(&stream);
    return bytes_of(packed, len);
}

/* An object with bytes of any kind cannot be a string: the file is put together around it. */
static void add_bomb(struct file_list *list)
{
    struct arena *a = &list->arena;
    const bytes packed = bomb(a);
    const char *start = arena_printf(a, "%%PDF-1.4\n1 0 obj\n" CATALOG ">>\nendobj\n");
    const char *rest = arena_printf(
        a,
        "2 0 obj\n<</Type/Pages/Count 1/Kids[3 0 R]>>\nendobj\n"
        "3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>\nendobj\n"
        "4 0 obj\n<</Filter/FlateDecode/Length %zu>>stream\n",
        packed.len);
    const size_t two = strlen(start), three = two + 51, four = three + 76;
    const char *end = arena_printf(a, "\nendstream\nendobj\n");
    const size_t table = two + strlen(rest) + packed.len + strlen(end);
    const char *trailer = arena_printf(a,
                                       "xref\n0 5\n0000000000 65535 f \n0000000009 00000 n "
                                       "\n%010zu 00000 n \n%010zu 00000 n \n%010zu 00000 n \n"
                                       "trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n",
                                       two, three, four, table);
    bytes file = joined(a, joined(a, bytes_str(start), bytes_str(rest)), packed);
    file = joined(a, file, joined(a, bytes_str(end), bytes_str(trailer)));
    file_list_expect(list, &(struct file){.name = "bomb.pdf",
                                          .type = "application/pdf",
                                          .data = file,
                                          .reason = WHY(TOO_LARGE),
                                          .page = 1});
}

static void add_shapes(struct file_list *list)
{
    struct arena *a = &list->arena;
    const struct picture small = picture_draw(a, 320, 240, LOOK_TEXT);
    const bytes jpeg = picture_jpeg(a, &small, &(struct jpeg_wish){0});
    const char *none[] = {CATALOG ">>", "<</Type/Pages/Count 0/Kids[]>>"};
    const char *loop[] = {CATALOG ">>", "<</Type/Pages/Count 1/Kids[2 0 R]>>"};
    const char *liar[] = {CATALOG ">>", "<</Type/Pages/Count 1000000/Kids[3 0 R]>>",
                          "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"};
    const struct file files[] = {
        {.name = "no pages",
         .data = pdf_of_objects(a, none, ARRAY_LEN(none)),
         .reason = WHY(EMPTY)},
        {.name = "21 pages",
         .data = pdf_drawn(a, LIMIT_CHECK_PAGES + 1),
         .reason = WHY(TOO_MANY_PAGES)},
        {.name = "table at the wrong place",
         .data = joined(a, bytes_str("%PDF-1.4\n%moved\n"), pdf_drawn(a, 1)),
         .reason = WHY(UNREADABLE)},
        {.name = "a photo cut off",
         .data = pdf_scanned(a, bytes_head(jpeg, jpeg.len / 2), 1),
         .reason = WHY(TRUNCATED),
         .page = 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct file file = files[i];
        file.type = "application/pdf";
        file_list_expect(list, &file);
    }
    (void)file_list_add(list, "pages that hold themselves", "application/pdf",
                        pdf_of_objects(a, loop, ARRAY_LEN(loop)));
    (void)file_list_add(list, "a million pages, it says", "application/pdf",
                        pdf_of_objects(a, liar, ARRAY_LEN(liar)));
}

void files_add_hostile_pdfs(struct file_list *list)
{
    add_scripted(list);
    add_used_again(list);
    add_locked(list);
    add_bomb(list);
    add_shapes(list);
}
