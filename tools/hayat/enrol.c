#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/enrolment_message.h"
#include "base/wipe.h"
#include "enrolment_file.h"
#include "hayat.h"
#include "hayat/v1/enrolment.pb-c.h"
#include "output.h"
#include "usage.h"

static const struct method START = {"/hayat.v1.EnrolmentService/StartEnrolment",
                                    &hayat__v1__start_enrolment_response__descriptor};
static const struct method CONFIRM = {"/hayat.v1.EnrolmentService/ConfirmEnrolment",
                                      &hayat__v1__confirm_enrolment_response__descriptor};
static const struct method RESEND = {"/hayat.v1.EnrolmentService/ResendCode",
                                     &hayat__v1__resend_code_response__descriptor};

enum { CODE_LINE_MAX = 64 };

/* --- the line --- */

static status connect_as(struct hayat *hayat, const struct device *device)
{
    struct session *session = &hayat->session;
    memcpy(session->server, device->server, sizeof session->server);
    memcpy(session->ca, device->ca, sizeof session->ca);
    return hayat_connect(hayat);
}

/* One attempt: a letter that was asked for twice is two letters. */
static status ask_once(struct hayat *hayat, struct method method, const ProtobufCMessage *request,
                       ProtobufCMessage **ret_response)
{
    struct call_options options = hayat_options(hayat, method, NULL);
    return hayat_call_once(hayat, &options, request, &hayat->arena, ret_response);
}

/* As often as it takes: the same confirmation has the same answer. */
static status ask_patiently(struct hayat *hayat, struct method method,
                            const ProtobufCMessage *request, ProtobufCMessage **ret_response)
{
    struct retry retry = hayat_retry(hayat, SHORT_GIVE_UP_SECONDS);
    for (;;) {
        status s = ask_once(hayat, method, request, ret_response);
        if (ok(s)) {
            return s;
        }
        TRY(hayat_wait_or_fail(hayat, &retry, s));
    }
}

/* --- start --- */

static bool channel_of(const char *name, Hayat__V1__EnrolmentChannel *ret)
{
    static const struct {
        const char *name;
        Hayat__V1__EnrolmentChannel channel;
    } channels[] = {{"post", HAYAT__V1__ENROLMENT_CHANNEL__ENROLMENT_CHANNEL_POST},
                    {"sms", HAYAT__V1__ENROLMENT_CHANNEL__ENROLMENT_CHANNEL_SMS},
                    {"agency", HAYAT__V1__ENROLMENT_CHANNEL__ENROLMENT_CHANNEL_AGENCY}};
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
        if (name != NULL && strcmp(name, channels[i].name) == 0) {
            *ret = channels[i].channel;
            return true;
        }
    }
    return false;
}

static enum text next_step(Hayat__V1__EnrolmentChannel channel)
{
    if (channel == HAYAT__V1__ENROLMENT_CHANNEL__ENROLMENT_CHANNEL_SMS) {
        return TEXT_ENROL_BY_SMS;
    }
    return channel == HAYAT__V1__ENROLMENT_CHANNEL__ENROLMENT_CHANNEL_POST ? TEXT_ENROL_BY_POST
                                                                           : TEXT_ENROL_AT_AGENCY;
}

/* What --server and --ca say, in the new file, absolute. */
static status take_line(const struct arguments *arguments, struct device *device)
{
    TRY(usage_needs(arguments->server, "--server", TEXT_USE_SERVER));
    int n = snprintf(device->server, sizeof device->server, "%s", arguments->server);
    if (n >= (int)sizeof device->server) {
        return usage_wrong("--server", TEXT_USE_SERVER);
    }
    bool found = arguments->ca == NULL || realpath(arguments->ca, device->ca) != NULL;
    return found ? STATUS_OK : FAIL(FILE_UNREADABLE);
}

/* The key that is there already, so that a lost answer wastes none, or a new one; an enrolled device's file is left alone. */
static status begin(const struct arguments *arguments, struct enrolment_file *file)
{
    const char *algorithm = arguments->algorithm == NULL ? "p256" : arguments->algorithm;
    status s = enrolment_file_load(arguments->device, file);
    if (s.why == REASON_FILE_UNREADABLE) {
        TRY(enrolment_file_new(algorithm, file));
        TRY(take_line(arguments, &file->device));
        return enrolment_file_save(arguments->device, file);
    }
    TRY(s);
    return file->device.device_id[0] == '\0' ? STATUS_OK : FAIL(DEVICE_ENROLLED);
}

static status start(struct hayat *hayat, struct enrolment_file *file,
                    Hayat__V1__EnrolmentChannel channel)
{
    struct arguments *arguments = &hayat->arguments;
    Hayat__V1__StartEnrolmentRequest request;
    Google__Type__Date birth = GOOGLE__TYPE__DATE__INIT;
    uint8_t key[PUBLIC_KEY_MAX_BYTES], signature[DEVICE_SIGNATURE_BYTES];
    size_t key_len;
    struct date date;
    hayat__v1__start_enrolment_request__init(&request);
    if (!date_parse(arguments->birth, &date)) {
        return usage_wrong("--birth", TEXT_USE_DATE);
    }
    birth.year = date.year, birth.month = date.month, birth.day = date.day;
    TRY(enrolment_public_key(file, key, &key_len));
    bytes message = enrolment_message_start(&hayat->arena, bytes_str(arguments->registration),
                                            bytes_of(key, key_len));
    TRY(device_sign_message(&file->device, message, signature));
    request.registration_number = arguments->registration;
    request.cine_number = arguments->cine;
    request.birth_date = &birth;
    request.key_algorithm = strcmp(file->algorithm, "ed25519") == 0
                                ? HAYAT__V1__DEVICE_KEY_ALGORITHM__DEVICE_KEY_ALGORITHM_ED25519
                                : HAYAT__V1__DEVICE_KEY_ALGORITHM__DEVICE_KEY_ALGORITHM_P256;
    request.public_key = (ProtobufCBinaryData){key_len, key};
    request.channel = channel;
    request.signature = (ProtobufCBinaryData){sizeof signature, signature};
    Hayat__V1__StartEnrolmentResponse *response;
    TRY(ask_once(hayat, START, &request.base, (ProtobufCMessage **)&response));
    int n = snprintf(file->enrolment_id, sizeof file->enrolment_id, "%s", response->enrolment_id);
    return n < (int)sizeof file->enrolment_id ? STATUS_OK : FAIL(MALFORMED_REQUEST);
}

status command_enrol_start(struct hayat *hayat)
{
    const struct arguments *a = &hayat->arguments;
    struct enrolment_file file = {.algorithm = ""};
    struct date birth;
    Hayat__V1__EnrolmentChannel channel;
    TRY(usage_needs(a->device, "--device", TEXT_USE_FILE));
    TRY(usage_needs(a->registration, "--registration", TEXT_USE_REGISTRATION));
    TRY(usage_needs(a->cine, "--cine", TEXT_USE_CINE));
    if (a->birth == NULL || !date_parse(a->birth, &birth)) {
        return usage_wrong("--birth", TEXT_USE_DATE);
    }
    if (!channel_of(a->channel, &channel)) {
        return usage_wrong("--channel", TEXT_USE_CHANNEL);
    }
    status s = begin(a, &file);
    if (ok(s)) {
        s = connect_as(hayat, &file.device);
    }
    if (ok(s)) {
        s = start(hayat, &file, channel);
    }
    if (ok(s)) {
        s = enrolment_file_save(a->device, &file);
    }
    enrolment_file_fini(&file);
    return ok(s) ? output_said(hayat, next_step(channel)) : s;
}

/* --- with the file of a start --- */

static status load(struct hayat *hayat, struct enrolment_file *file)
{
    TRY(usage_needs(hayat->arguments.device, "--device", TEXT_USE_FILE));
    TRY(enrolment_file_load(hayat->arguments.device, file));
    status s = file->device.device_id[0] != '\0' ? FAIL(DEVICE_ENROLLED)
               : file->enrolment_id[0] == '\0'   ? FAIL(KEY_FILE_INVALID)
                                                 : STATUS_OK;
    if (ok(s)) {
        s = connect_as(hayat, &file->device);
    }
    if (!ok(s)) {
        enrolment_file_fini(file);
    }
    return s;
}

static status resend(struct hayat *hayat, const struct enrolment_file *file)
{
    Hayat__V1__ResendCodeRequest request;
    ProtobufCMessage *response;
    uint8_t signature[DEVICE_SIGNATURE_BYTES];
    char id[ID_TEXT_MAX];
    hayat__v1__resend_code_request__init(&request);
    memcpy(id, file->enrolment_id, sizeof id);
    TRY(device_sign_message(&file->device, enrolment_message_resend(&hayat->arena, bytes_str(id)),
                            signature));
    request.enrolment_id = id;
    request.signature = (ProtobufCBinaryData){sizeof signature, signature};
    return ask_once(hayat, RESEND, &request.base, &response);
}

status command_enrol_resend(struct hayat *hayat)
{
    struct enrolment_file file;
    TRY(load(hayat, &file));
    status s = resend(hayat, &file);
    enrolment_file_fini(&file);
    return ok(s) ? output_said(hayat, TEXT_ENROL_RESENT) : s;
}

/* From the command line, or else from standard input, where no other process sees it. */
static status read_code(struct hayat *hayat, char out[CODE_LINE_MAX])
{
    const char *given = hayat->arguments.operand;
    if (given != NULL) {
        int n = snprintf(out, CODE_LINE_MAX, "%s", given);
        return n < CODE_LINE_MAX ? STATUS_OK : usage_wrong("CODE", TEXT_USE_CODE);
    }
    (void)fprintf(stderr, "%s: ", text_get(TEXT_ENROL_CODE, hayat->language));
    if (fgets(out, CODE_LINE_MAX, stdin) == NULL) {
        return usage_wrong("CODE", TEXT_USE_CODE);
    }
    out[strcspn(out, "\r\n")] = '\0';
    return STATUS_OK;
}

static status confirm(struct hayat *hayat, struct enrolment_file *file, char *code)
{
    Hayat__V1__ConfirmEnrolmentRequest request;
    Hayat__V1__ConfirmEnrolmentResponse *response;
    uint8_t signature[DEVICE_SIGNATURE_BYTES];
    hayat__v1__confirm_enrolment_request__init(&request);
    bytes message = enrolment_message_confirm(&hayat->arena, bytes_str(file->enrolment_id),
                                              bytes_str(code));
    TRY(device_sign_message(&file->device, message, signature));
    request.enrolment_id = file->enrolment_id;
    request.code = code;
    request.signature = (ProtobufCBinaryData){sizeof signature, signature};
    TRY(ask_patiently(hayat, CONFIRM, &request.base, (ProtobufCMessage **)&response));
    int n = snprintf(file->device.device_id, sizeof file->device.device_id, "%s",
                     response->device_id);
    return n > 0 && n < (int)sizeof file->device.device_id ? STATUS_OK : FAIL(MALFORMED_REQUEST);
}

status command_enrol_confirm(struct hayat *hayat)
{
    struct enrolment_file file;
    char code[CODE_LINE_MAX] = "";
    TRY(load(hayat, &file));
    status s = read_code(hayat, code);
    if (ok(s)) {
        s = confirm(hayat, &file, code);
    }
    wipe(code, sizeof code);
    if (ok(s)) {
        s = enrolment_file_save(hayat->arguments.device, &file);
    }
    enrolment_file_fini(&file);
    return ok(s) ? output_said(hayat, TEXT_ENROLLED) : s;
}
