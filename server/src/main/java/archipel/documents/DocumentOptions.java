package archipel.documents;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.http.Parameters;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a client wants to see of a document besides its body; each is the query parameter of that name.
 *
 * @param revisions {@code revs}: {@code _revisions}
 * @param revisionsInfo {@code revs_info}: {@code _revs_info}
 * @param conflicts {@code _conflicts}
 * @param deletedConflicts {@code _deleted_conflicts}
 * @param localSeq {@code _local_seq}
 * @param attachments their content, rather than stubs
 * @param encodingInfo {@code att_encoding_info}: how they are stored
 * @param attachmentsSince {@code atts_since}: revisions the client has, whose attachments stay stubs; empty for none
 * @param stamps {@code stamps}: in {@code _revisions} also when and where the revision came to be
 * @param revisionTree {@code revs_tree}: {@code _revs_tree}
 */
public record DocumentOptions(
        boolean revisions,
        boolean revisionsInfo,
        boolean conflicts,
        boolean deletedConflicts,
        boolean localSeq,
        boolean attachments,
        boolean encodingInfo,
        List<Revision> attachmentsSince,
        boolean stamps,
        boolean revisionTree) {
    public static final DocumentOptions PLAIN =
            new DocumentOptions(false, false, false, false, false, false, false, List.of());

    /** Without what only Archipel has. */
    public DocumentOptions(
            boolean revisions,
            boolean revisionsInfo,
            boolean conflicts,
            boolean deletedConflicts,
            boolean localSeq,
            boolean attachments,
            boolean encodingInfo,
            List<Revision> attachmentsSince) {
        this(
                revisions,
                revisionsInfo,
                conflicts,
                deletedConflicts,
                localSeq,
                attachments,
                encodingInfo,
                attachmentsSince,
                false,
                false);
    }

    public DocumentOptions {
        attachmentsSince = List.copyOf(attachmentsSince);
    }

    /**
     * Only {@code true} counts as true, and nothing else is refused, as in CouchDB.
     *
     * @throws RequestException 400 for {@code atts_since} that is no list of revisions
     */
    public static DocumentOptions of(Parameters parameters) {
        if (parameters.isEmpty()) {
            return PLAIN;
        }
        boolean meta = parameters.isTrue("meta");
        List<Revision> since = revisions(parameters.json("atts_since"));
        return new DocumentOptions(
                parameters.isTrue("revs"),
                meta || parameters.isTrue("revs_info"),
                meta || parameters.isTrue("conflicts"),
                meta || parameters.isTrue("deleted_conflicts"),
                parameters.isTrue("local_seq"),
                parameters.isTrue("attachments") || parameters.has("atts_since"),
                parameters.isTrue("att_encoding_info"),
                since,
                parameters.isTrue("stamps"),
                parameters.isTrue("revs_tree"));
    }

    /** Of documents in the rows of a list. */
    public static DocumentOptions ofRows(boolean conflicts, boolean attachments, boolean encodingInfo) {
        return conflicts || attachments || encodingInfo
                ? new DocumentOptions(false, false, conflicts, false, false, attachments, encodingInfo, List.of())
                : PLAIN;
    }

    /**
     * As these, without what is no part of a revision. As in CouchDB it is not shown where many revisions of a document
     * are; a list of all conflicts in each conflict would grow with their square.
     */
    public DocumentOptions ofRevisions() {
        return new DocumentOptions(
                revisions, false, false, false, false, attachments, encodingInfo, attachmentsSince, stamps, false);
    }

    /** As these, with content of attachments that {@code since} does not cover. */
    public DocumentOptions withAttachmentsSince(List<Revision> since) {
        return new DocumentOptions(
                revisions,
                revisionsInfo,
                conflicts,
                deletedConflicts,
                localSeq,
                true,
                encodingInfo,
                since,
                stamps,
                revisionTree);
    }

    /** As these, with how attachments are stored. */
    DocumentOptions withEncodingInfo() {
        return new DocumentOptions(
                revisions,
                revisionsInfo,
                conflicts,
                deletedConflicts,
                localSeq,
                attachments,
                true,
                attachmentsSince,
                stamps,
                revisionTree);
    }

    /** A JSON list of revisions; none for null. @throws RequestException 400 {@code Invalid list of revisions} */
    public static List<Revision> revisions(@Nullable JsonNode list) {
        if (list == null) {
            return List.of();
        }
        if (!list.isArray()) {
            throw new RequestException(ErrorCode.INVALID_REVISION_LIST);
        }
        List<Revision> revisions = new ArrayList<>(list.size());
        for (JsonNode one : list) {
            if (!one.isString()) {
                throw new RequestException(ErrorCode.INVALID_REVISION);
            }
            revisions.add(Revision.parse(one.stringValue()));
        }
        return revisions;
    }
}
