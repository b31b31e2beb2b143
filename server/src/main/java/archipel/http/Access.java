package archipel.http;

/** Who may use a route; checked before its handler runs, with CouchDB's refusals. */
public enum Access {
    /** Everybody, whatever credentials come along: wrong ones are as good as none, and no node demands any. */
    OPEN,
    /** Everybody, but wrong credentials are refused. */
    ANYONE,
    /** Whoever is logged in. */
    USER,
    /** Members of the database in the path, which has to exist. */
    MEMBER,
    /** Server admins and admins of the database in the path. */
    MAINTAINER,
    /** Server admins and users with the role {@code _metrics}. */
    METRICS,
    /** Server admins. */
    ADMIN
}
