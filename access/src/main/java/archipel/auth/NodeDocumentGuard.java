package archipel.auth;

import archipel.command.DocumentEdit;
import archipel.document.DocumentBody;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.engine.Database;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.settings.Settings;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The rules over design documents and the documents of {@code _users} and {@code _replicator}. */
public final class NodeDocumentGuard implements DocumentGuard {
    private static final String DESIGN = "_design/";

    private final DatabaseAccess access;
    private final Passwords passwords;
    private final Settings settings;
    private final ReplicatorRules replicator;
    private final PasswordRules rules = new PasswordRules();

    /** @param replicator of whatever runs replications */
    public NodeDocumentGuard(
            DatabaseAccess access, Passwords passwords, Settings settings, ReplicatorRules replicator) {
        this.access = access;
        this.passwords = passwords;
        this.settings = settings;
        this.replicator = replicator;
    }

    @Override
    public ParsedDocument beforeWrite(
            Database database, UserContext user, String id, boolean newEdits, ParsedDocument document) {
        if (id.startsWith(DESIGN)) {
            access.requireDatabaseAdmin(database, user);
            return document;
        }
        if (ReplicatorRules.isReplicator(database.name())) {
            return replicator.beforeWrite(user, access.isDatabaseAdmin(database, user), document);
        }
        if (!isUsers(database)) {
            return document;
        }
        boolean admin = access.isDatabaseAdmin(database, user);
        if (!admin && !user.isAnonymous() && !String.valueOf(user.name()).equals(UserDocument.nameOf(id))) {
            throw new RequestException(ErrorCode.MISSING);
        }
        UserDocument sent = UserDocument.parse(document.json());
        ParsedDocument hashed = document.deleted() ? document : withHash(document, sent, user);
        if (!admin || hasRules(database)) {
            UserDocument previous =
                    newEdits ? previous(database, id, document.revision()) : previous(database, id, document.history());
            UserRules.check(id, hashed.deleted(), UserDocument.parse(hashed.json()), previous, user, admin);
        }
        return hashed;
    }

    @Override
    public void beforeCommit(Database database, UserContext user, DocumentEdit edit) {
        if (user.isAdmin()) {
            return;
        }
        if (edit.id().startsWith(DESIGN)) {
            access.requireDatabaseAdmin(database, user);
        } else if (isUsers(database) && !access.isDatabaseAdmin(database, user)) {
            // Who is an admin of the database no more may still store what any user may.
            if (!user.isAnonymous() && !String.valueOf(user.name()).equals(UserDocument.nameOf(edit.id()))) {
                throw new RequestException(ErrorCode.MISSING);
            }
            requireByRules(database, user, edit);
        }
    }

    private static void requireByRules(Database database, UserContext user, DocumentEdit edit) {
        switch (edit) {
            case DocumentEdit.Update update ->
                requireByRules(user, edit, previous(database, edit.id(), update.parent()));
            case DocumentEdit.Replicated replicated ->
                requireByRules(user, edit, previous(database, edit.id(), replicated.path()));
            case DocumentEdit.Resolution resolution ->
                resolution.parts().forEach(part -> requireByRules(database, user, part));
        }
    }

    private static void requireByRules(UserContext user, DocumentEdit edit, @Nullable UserDocument previous) {
        UserRules.check(
                edit.id(), edit.deleted(), UserDocument.parse(edit.body().json()), previous, user, false);
    }

    /**
     * In CouchDB the rules are those of a design document, which a database has from when it is used for users; until
     * then its admins fill it as they like.
     */
    private static boolean hasRules(Database database) {
        return UserDirectory.isUsers(database.name(), UserDirectory.USERS) || AuthDesign.isIn(database);
    }

    @Override
    public DocumentBody beforeShow(Database database, UserContext user, String id, DocumentBody body) {
        if (showsAll(database) || access.isDatabaseAdmin(database, user)) {
            return body;
        }
        if (!isUsers(database)) {
            return id.startsWith(DESIGN) ? body : replicator.beforeShow(user, body);
        }
        if (id.startsWith(DESIGN)) {
            throw designsAreHidden();
        }
        if (user.name() != null && user.name().equals(UserDocument.nameOf(id))) {
            return body;
        }
        byte[] shown = UserDocument.parse(body.json()).only(settings.get(AccountSettings.PUBLIC_FIELDS));
        if (shown == null) {
            throw new RequestException(ErrorCode.MISSING);
        }
        return new DocumentBody(shown, body.attachments());
    }

    private static RequestException designsAreHidden() {
        return new RequestException(ErrorCode.USERS_DESIGN_HIDDEN);
    }

    @Override
    public void requireDesigns(Database database, UserContext user) {
        if (isUsers(database) && !access.isDatabaseAdmin(database, user)) {
            throw designsAreHidden();
        }
    }

    @Override
    public boolean showsAll(Database database) {
        return !isUsers(database) && !ReplicatorRules.isReplicator(database.name());
    }

    private boolean isUsers(Database database) {
        return UserDirectory.isUsers(database.name(), settings.get(AccountSettings.AUTHENTICATION_DB));
    }

    private ParsedDocument withHash(ParsedDocument document, UserDocument sent, UserContext user) {
        JsonNode given = sent.value("password");
        if (given.isMissingNode() || given.isNull()) {
            return document;
        }
        String password = sent.text("password");
        if (password == null) {
            throw new RequestException(ErrorCode.USER_PASSWORD_NOT_STRING);
        }
        rules.check(settings.get(AccountSettings.PASSWORD_REGEXP), password);
        String kept = sent.isTruthy("preserve_salt") ? sent.text("salt") : null;
        String salt = kept == null || kept.isEmpty() ? passwords.newSalt() : kept;
        // Those who sign up wait for each other, and each user for what he sets himself.
        return document.withJson(sent.withHash(passwords.hash(password, salt, "by " + user.name())));
    }

    /** The document that an edit replaces; null where there is none. */
    private static @Nullable UserDocument previous(Database database, String id, @Nullable Revision replaced) {
        if (replaced == null) {
            return null;
        }
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            return reader.documents().find(id) == null ? null : body(reader, id, replaced);
        }
    }

    /** The nearest ancestor of a revision that is here; null where there is none. */
    private static @Nullable UserDocument previous(Database database, String id, @Nullable RevisionPath path) {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            DocumentRecord record = reader.documents().find(id);
            for (int older = 1;
                    record != null && path != null && older < path.hashes().size();
                    older++) {
                Revision ancestor =
                        new Revision(path.generation() - older, path.hashes().get(older));
                UserDocument found = record.tree().isWritten(ancestor) ? body(reader, id, ancestor) : null;
                if (found != null) {
                    return found;
                }
            }
            return null;
        }
    }

    private static @Nullable UserDocument body(Reader reader, String id, Revision revision) {
        DocumentBody body = reader.documents().body(id, revision);
        return body == null ? null : UserDocument.parse(body.json());
    }
}
