import { useEffect, useState } from 'preact/hooks';
import {
  createFolder,
  deleteFolder,
  fetchFolder,
  fetchFolders,
  fileBookmark,
  renameFolder,
} from '../../api/bookmarks';
import { errorText } from '../../api/http';
import { fetchBookmarks } from '../../api/tweets';
import type { Folder } from '../../api/types';
import { FolderDialog } from '../../components/lists/FolderDialog';
import { TweetArticle } from '../../components/tweet/Article';
import { ConfirmDialog } from '../../components/ui/Dialog';
import { EmptyState } from '../../components/ui/Feedback';
import { ListView } from '../../components/ui/ListView';
import { PageHeader } from '../../components/ui/PageHeader';
import { folderPath } from '../../lib/paths';
import { navigate } from '../../lib/router';
import { isolated } from '../../lib/text/isolation';
import { useTitle } from '../../state/hooks';
import { listKeys, usePagedList } from '../../state/lists';
import { me } from '../../state/session';
import { putTweets } from '../../state/store';
import { showToast } from '../../state/toasts';

const sameId = (id: string): string => id;

/** Puts a bookmark into a folder; which one it was in is told by the folders' own pages. */
function FileInto({
  tweet,
  folders,
  here,
  onMoved,
}: {
  tweet: string;
  folders: Folder[];
  here?: string;
  onMoved: () => void;
}) {
  const others = folders.filter((one) => one.id !== here);
  if (others.length === 0) return null;
  const file = async (folder: string): Promise<void> => {
    try {
      await fileBookmark(me.peek()?.id ?? '', tweet, folder);
      showToast(
        `In “${isolated(folders.find((one) => one.id === folder)?.name ?? 'folder')}” now.`,
      );
      onMoved();
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };
  return (
    <div class="file-into">
      <select
        aria-label="Put into a folder"
        value=""
        data-testid="folder-pick"
        onChange={(event) => {
          const picked = event.currentTarget.value;
          event.currentTarget.value = '';
          void file(picked);
        }}
      >
        <option value="">{here ? 'Move to a folder…' : 'Put into a folder…'}</option>
        {others.map((one) => (
          <option key={one.id} value={one.id} dir="auto">
            {one.name}
          </option>
        ))}
      </select>
    </div>
  );
}

function Tweets({ folder, folders }: { folder?: string; folders: Folder[] }) {
  const meId = me.value?.id ?? '';
  const list = usePagedList(
    listKeys.bookmarks(folder),
    async (token) => {
      const answer = folder
        ? await fetchFolder(meId, folder, token)
        : await fetchBookmarks(meId, { token });
      putTweets(answer.data, answer.includes);
      return {
        items: (answer.data ?? []).map((tweet) => tweet.id),
        next: answer.meta?.next_token,
      };
    },
    sameId,
  );
  return (
    <ListView
      list={list}
      render={(id) => (
        <div key={id} class="bookmark">
          <TweetArticle id={id} />
          <FileInto
            tweet={id}
            folders={folders}
            here={folder}
            onMoved={() => {
              if (folder) list.items.value = list.items.peek().filter((one) => one !== id);
            }}
          />
        </div>
      )}
      empty={
        <EmptyState
          icon="bookmark"
          title={folder ? 'Nothing in this folder' : 'No bookmarks yet'}
        />
      }
    />
  );
}

export function BookmarksPage({ folder }: { folder?: string }) {
  useTitle('Bookmarks');
  const meId = me.value?.id ?? '';
  const [folders, setFolders] = useState<Folder[]>([]);
  const [dialog, setDialog] = useState<'new' | 'rename' | 'delete' | null>(null);
  useEffect(() => {
    fetchFolders(meId)
      .then(setFolders)
      .catch((cause: unknown) => showToast(errorText(cause), 'error'));
  }, [meId]);
  const shown = folders.find((one) => one.id === folder);
  const remove = async (id: string): Promise<void> => {
    try {
      await deleteFolder(id);
      navigate('/bookmarks', { replace: true });
    } catch (cause) {
      showToast(errorText(cause), 'error');
    }
  };
  return (
    <>
      <PageHeader title="Bookmarks" />
      <div class="list-actions">
        <button
          type="button"
          class="button button-primary"
          data-testid="folder-new"
          onClick={() => setDialog('new')}
        >
          New folder
        </button>
        {shown && (
          <>
            <button
              type="button"
              class="button"
              data-testid="folder-rename"
              onClick={() => setDialog('rename')}
            >
              Rename
            </button>
            <button
              type="button"
              class="button button-danger"
              data-testid="folder-delete"
              onClick={() => setDialog('delete')}
            >
              Delete folder
            </button>
          </>
        )}
      </div>
      {folders.length > 0 && (
        <nav class="folders" aria-label="Folders">
          <a href="/bookmarks" aria-current={folder ? undefined : 'page'}>
            All
          </a>
          {folders.map((one) => (
            <a
              key={one.id}
              href={folderPath(one.id)}
              aria-current={one.id === folder ? 'page' : undefined}
              data-testid="folder"
              dir="auto"
            >
              {one.name}
            </a>
          ))}
        </nav>
      )}
      <Tweets folder={folder} folders={folders} />
      {dialog === 'new' && (
        <FolderDialog
          title="New folder"
          onSave={async (name) => setFolders([await createFolder(meId, name), ...folders])}
          onClose={() => setDialog(null)}
        />
      )}
      {dialog === 'rename' && shown && (
        <FolderDialog
          title="Rename folder"
          start={shown.name}
          onSave={async (name) => {
            await renameFolder(shown.id, name);
            setFolders(folders.map((one) => (one === shown ? { ...one, name } : one)));
          }}
          onClose={() => setDialog(null)}
        />
      )}
      {dialog === 'delete' && shown && (
        <ConfirmDialog
          title="Delete this folder?"
          text="Its tweets stay bookmarked."
          action="Delete"
          onConfirm={() => void remove(shown.id)}
          onClose={() => setDialog(null)}
        />
      )}
    </>
  );
}
