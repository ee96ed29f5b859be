/*
 * client: calls a gRPC server from C, one call at a time: for hayat, the tests and the adapters
 * that call others.
 *
 * A channel is one secure connection that reconnects by itself.  Calls block the calling thread
 * until the end or the deadline; a second thread may use its own channel.
 *
 * Memory   replies and error details live in the caller's arena.
 * Errors   the status tells the gRPC outcome by reason when the server sent one of ours (ErrorInfo,
 *          domain hayat), else by code; struct rpc_error holds code, reason text, message and
 *          details.  CONNECTION_FAILED when no server answered.
 */
#ifndef HAYAT_RPC_CLIENT_H
#define HAYAT_RPC_CLIENT_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"

/* Around everything else, once per process. */
void rpc_client_init(void);
void rpc_client_shutdown(void);

struct channel;

struct channel_options {
    const char *target;    /* "127.0.0.1:8443" or "unix:/path" */
    const char *ca_file;   /* PEM roots; NULL for plaintext (unix sockets and tests) */
    const char *cert_file; /* client certificate for mutual TLS, or NULL */
    const char *key_file;
    const char *server_name; /* overrides the name checked in the certificate, or NULL */
};

status channel_open(const struct channel_options *options, struct channel **ret_channel);
/* NULL is nothing. */
void channel_close(struct channel *channel);
/* Waits MS before another attempt.  Meanwhile the channel reconnects: the core works only while a
 * thread waits in it, so a plain sleep would find the connection as broken as before. */
void channel_pause(struct channel *channel, int64_t ms);

struct rpc_error {
    enum grpc_code code;
    char reason[64]; /* ErrorInfo.reason, "" when there is none */
    char message[512];
    int64_t committed_size; /* ErrorInfo.metadata["committed_size"], -1 when there is none */
    int64_t tries_left;     /* ErrorInfo.metadata["tries_left"], -1 when there is none */
    int64_t retry_after_ms; /* RetryInfo, 0 when there is none */
    char fields[1024];      /* BadRequest and PreconditionFailure, "path: description\n" each */
    struct {                /* of STEP_UP_REQUIRED, from ErrorInfo.metadata */
        char id[40];        /* "" when there is none */
        char nonce[65];     /* hex */
        char text[513];     /* what to show */
        bool needs_code;
    } step_up;
};

struct call_options {
    const char *path;     /* "/hayat.v1.CardService/GetCard" */
    const char *token;    /* bearer token or NULL */
    const char *language; /* accept-language or NULL */
    const char *step_up;  /* a confirmation, or NULL */
    int64_t timeout_ms;
    const ProtobufCMessageDescriptor
        *response; /* what a unary call answers; streams name it in stream_read */
};

/* How a unary call ended: the message in the caller's arena, or the error. */
struct rpc_reply {
    ProtobufCMessage *message;
    struct rpc_error error;
};

status channel_unary(struct channel *channel, const struct call_options *options,
                     const ProtobufCMessage *request, struct arena *arena,
                     struct rpc_reply *ret_reply);

/* A stream: open, then write (client or bidirectional streams), finish writing, read until no
 * more, close. */
struct stream;
status channel_stream(struct channel *channel, const struct call_options *options,
                      struct stream **ret_stream);
/* Waits until the message was accepted by flow control.  A failure means the call has ended:
 * stream_close tells why. */
status stream_write(struct stream *stream, const ProtobufCMessage *message);
status stream_writes_done(struct stream *stream);
/* *ret_message is NULL at the end of the stream. */
status stream_read(struct stream *stream, const ProtobufCMessageDescriptor *type,
                   struct arena *arena, ProtobufCMessage **ret_message);
/* Cancels what is still running, waits for the final status, frees. */
status stream_close(struct stream *stream, struct rpc_error *ret_error);

#endif
