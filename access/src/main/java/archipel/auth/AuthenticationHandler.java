package archipel.auth;

import archipel.settings.Word;

/** A way in which a node knows who a client is; CouchDB's authentication handlers. */
public enum AuthenticationHandler implements Word {
    /** By the cookie of a session. */
    COOKIE,
    /** By Basic authentication. */
    DEFAULT,
    /** By the headers of a proxy that has let the client in. */
    PROXY,
    /** By a JSON Web Token. */
    JWT
}
