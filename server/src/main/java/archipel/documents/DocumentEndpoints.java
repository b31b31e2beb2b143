package archipel.documents;

import archipel.http.DatabaseRequest;
import archipel.http.Handler;
import archipel.http.HttpServices;
import archipel.http.Router;
import java.util.function.Supplier;

/** All endpoints of this package. */
public final class DocumentEndpoints {
    private DocumentEndpoints() {}

    /** @param ids makes ids for documents that come without */
    public static void register(Router router, HttpServices services, Supplier<String> ids) {
        new DocumentHandler(services, ids).register(router);
        new LocalDocumentHandler(services).register(router);
        new AttachmentHandler(services).register(router);
        new UpdateHandler(services).register(router);
    }

    /** Answers a POST to a database, which makes a document. @param ids makes ids for those that come without */
    public static Handler<DatabaseRequest> creation(HttpServices services, Supplier<String> ids) {
        return new DocumentHandler(services, ids)::create;
    }
}
