package archipel.scheduler;

import archipel.auth.ReplicatorRules;
import archipel.auth.UserContext;
import archipel.document.DocumentBody;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.replication.EndAddress;
import archipel.replication.ReplicationOptions;
import archipel.replication.ReplicationRequest;
import archipel.settings.Settings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * CouchDB's rules over documents of {@code _replicator}: each has an owner, is well-formed, and shows its credentials
 * to its owner and to admins alone.
 *
 * <p>Databases of this node are read and written with the owner's rights ({@link JobRights}). So the owner of a
 * document that names one is whoever wrote it last, unless a server admin did, who may act for anybody; CouchDB 3,
 * which replicates no such databases, lets admins of the database keep other owners. This holds for revisions that were
 * made elsewhere as well, whose owner nobody has checked.
 */
public final class JobRules implements ReplicatorRules {
    private static final List<String> ADDRESSES = List.of("source", "target", "proxy", "source_proxy", "target_proxy");

    private final Settings settings;

    public JobRules(Settings settings) {
        this.settings = settings;
    }

    @Override
    public ParsedDocument beforeWrite(UserContext user, boolean databaseAdmin, ParsedDocument document) {
        if (user.equals(UserContext.NODE)) {
            // What this node notes itself.
            return document;
        }
        ObjectNode members = JobMembers.read(document.json());
        boolean owned = members.has(JobMembers.OWNER);
        if (document.deleted() && !owned) {
            return document;
        }
        boolean another = !isName(members.path(JobMembers.OWNER), user.name());
        if (owned && another && !databaseAdmin) {
            throw new RequestException(ErrorCode.REPLICATION_NOT_OWNER);
        }
        boolean unowned = !owned || members.path(JobMembers.OWNER).isNull();
        if (!document.deleted() && !"failed".equals(JobMembers.text(members, JobMembers.STATE))) {
            check(user, members, owned && another && !unowned);
        }
        return unowned && !(owned && user.name() == null) ? ownedBy(user.name(), document) : document;
    }

    private static boolean isName(JsonNode owner, @Nullable String name) {
        return name == null
                ? owner.isNull()
                : owner.isString() && owner.stringValue().equals(name);
    }

    private void check(UserContext user, ObjectNode members, boolean ofAnother) {
        ReplicationOptions options;
        try {
            options = options(members, settings);
        } catch (RequestException e) {
            throw new RequestException(ErrorCode.REPLICATION_DOCUMENT, e.reason());
        }
        boolean local = options.source() instanceof EndAddress.Local || options.target() instanceof EndAddress.Local;
        if (!user.isAdmin() && local) {
            if (ofAnother) {
                throw new RequestException(ErrorCode.REPLICATION_OWNER);
            }
            JobRights.requireClaim(user, members);
        }
    }

    /**
     * What a document asks for.
     *
     * @throws RequestException 400 with CouchDB's reasons
     */
    static ReplicationOptions options(ObjectNode members, Settings settings) {
        return Objects.requireNonNull(
                ReplicationRequest.parse(members, settings).options());
    }

    private static ParsedDocument ownedBy(@Nullable String name, ParsedDocument document) {
        byte[] owner = new JsonBuffer(32).stringOrNull(name).toByteArray();
        return document.withJson(JobMembers.changed(document.json(), Map.of(JobMembers.OWNER, owner)));
    }

    @Override
    public DocumentBody beforeShow(UserContext user, DocumentBody body) {
        if (isName(JobMembers.read(body.json()).path(JobMembers.OWNER), user.name())) {
            return body;
        }
        Map<String, byte @Nullable []> shown = new LinkedHashMap<>();
        Map<String, byte[]> members = JsonTree.textsOfValid(body.json());
        for (String name : ADDRESSES) {
            byte[] address = members.get(name);
            if (address != null) {
                shown.put(name, JsonTree.bytes(withoutCredentials(JsonTree.ofValid(address))));
            }
        }
        return shown.isEmpty() ? body : new DocumentBody(JobMembers.changed(body.json(), shown), body.attachments());
    }

    private static JsonNode withoutCredentials(JsonNode address) {
        if (address instanceof ObjectNode object) {
            ObjectNode shown = object.deepCopy().remove(List.of("headers", "auth"));
            if (shown.has("url")) {
                shown.set("url", withoutCredentials(shown.path("url")));
            }
            return shown;
        }
        return address.isString()
                ? JsonNodeFactory.instance.stringNode(withoutCredentials(address.stringValue()))
                : address;
    }

    /** Of whatever looks like a URL, well-formed or not, all that stands before the host. */
    private static String withoutCredentials(String url) {
        int scheme = url.indexOf("://");
        int start = scheme < 0 ? 0 : scheme + 3;
        int end = url.indexOf('/', start);
        int at = url.lastIndexOf('@', end < 0 ? url.length() : end);
        if (at < start && end >= 0 && scheme >= 0 && url.indexOf('@', end) >= 0) {
            // A slash within the password, which no URL may have.
            at = url.lastIndexOf('@');
        }
        return at < start ? url : url.substring(0, start) + url.substring(at + 1);
    }
}
