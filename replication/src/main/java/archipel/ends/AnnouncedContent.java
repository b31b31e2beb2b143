package archipel.ends;

import archipel.remote.RemoteException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The content of an attachment, which has as many bytes as the document before it says and no more: another node could
 * otherwise fill this one's disk with a single one.
 */
final class AnnouncedContent extends FilterInputStream {
    private final String name;
    private long left;

    /** @throws RemoteException where the document does not say how long it is */
    AnnouncedContent(InputStream content, AttachmentStub stub) throws RemoteException {
        super(content);
        this.name = stub.name();
        this.left = stub.encoding() == null ? stub.length() : stub.encodedLength();
        if (left < 0) {
            throw malformed("comes without its length");
        }
    }

    private RemoteException malformed(String how) {
        return new RemoteException(
                RemoteException.Kind.MALFORMED, "the content of attachment " + name + " " + how, null);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int read = super.read(into, offset, length);
        left -= Math.max(0, read);
        if (left < 0) {
            throw malformed("is longer than it was said to be");
        }
        return read;
    }
}
