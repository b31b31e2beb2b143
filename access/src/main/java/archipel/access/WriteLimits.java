package archipel.access;

import static archipel.settings.SettingGroup.couch;

import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.SettingGroup;
import archipel.settings.SettingType.ByteSize;
import archipel.settings.Settings;
import java.util.function.LongSupplier;

/**
 * How large what is written may be, whoever writes it. Asked anew for each document, since settings change while a node
 * runs.
 *
 * @param documentBytes of a document's JSON as it is stored
 * @param attachmentBytes of one attachment
 */
public record WriteLimits(LongSupplier documentBytes, LongSupplier attachmentBytes) {
    public static final SettingGroup GROUP = new SettingGroup("Documents");
    public static final Setting<Long> MAX_DOCUMENT_SIZE = GROUP.cluster(
            "max_document_size",
            new ByteSize(1, 1 << 30),
            "8000000",
            Change.AT_ONCE,
            "Maximum size of a document's JSON, without its attachments.",
            couch("couchdb", "max_document_size"));
    public static final Setting<Long> MAX_ATTACHMENT_SIZE = GROUP.cluster(
            "max_attachment_size",
            new ByteSize(0, 1L << 50),
            "1073741824",
            Change.AT_ONCE,
            "Maximum size of one attachment.",
            couch("couchdb", "max_attachment_size"));

    /** For callers that bound what they write themselves. */
    public static final WriteLimits NONE = new WriteLimits(() -> Long.MAX_VALUE, () -> Long.MAX_VALUE);

    public static WriteLimits of(Settings settings) {
        return new WriteLimits(() -> settings.get(MAX_DOCUMENT_SIZE), () -> settings.get(MAX_ATTACHMENT_SIZE));
    }
}
