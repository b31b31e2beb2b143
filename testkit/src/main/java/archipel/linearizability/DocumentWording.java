package archipel.linearizability;

import java.util.List;

/** Calls and results of documents as their own text has them. */
public final class DocumentWording implements Wording<DocumentCall, DocumentResult> {
    @Override
    public String writeCall(DocumentCall call) {
        return call.toString();
    }

    @Override
    public DocumentCall readCall(String text) {
        List<String> words = Words.split(text);
        return switch (words.getFirst() + "/" + words.size()) {
            case "read/2" -> new DocumentCall.Read(words.get(1));
            case "create/3" -> new DocumentCall.Create(words.get(1), words.get(2));
            case "update/4" -> new DocumentCall.Update(words.get(1), words.get(2), words.get(3));
            case "delete/3" -> new DocumentCall.Delete(words.get(1), words.get(2));
            default -> throw new IllegalArgumentException("no call on a document: " + text);
        };
    }

    @Override
    public String writeResult(DocumentResult result) {
        return result.toString();
    }

    @Override
    public DocumentResult readResult(String text) {
        List<String> words = Words.split(text);
        return switch (words.getFirst() + "/" + words.size()) {
            case "absent/1" -> new DocumentResult.Absent();
            case "found/3" -> new DocumentResult.Found(words.get(1), words.get(2));
            case "stored/2" -> new DocumentResult.Stored(words.get(1));
            case "refused/1" -> new DocumentResult.Refused();
            default -> throw new IllegalArgumentException("no result of a document: " + text);
        };
    }
}
