import { useId, useState } from 'preact/hooks';
import { ApiError } from '../../api/http';
import { fetchTemplates, previewTemplate } from '../../api/notify/operations';
import type { TemplatePreview, TemplateSummary } from '../../api/types';
import { Loading } from '../../components/notify/Loading';
import { EmptyState } from '../../components/ui/Feedback';
import { ActionForm } from '../../components/ui/Form';
import { useLoaded } from '../../state/load';

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(0, 'The data must be a JSON object, such as {"name": "Ada"}.');
  }
}

function Template({ template }: { template: TemplateSummary }) {
  const id = useId();
  const [data, setData] = useState('{}');
  const [shown, setShown] = useState<TemplatePreview | null>(null);
  const state = template.version ? `version ${template.version}` : 'not published';
  return (
    <section class="settings-card" data-testid="template">
      <h2>
        <bdi>{template.name}</bdi>
      </h2>
      <p class="muted">{template.draft_at ? `${state}, with a draft` : state}</p>
      <ActionForm
        action={async () => setShown(await previewTemplate(template.name, parsed(data)))}
        label="Preview"
      >
        <div class="field">
          <label for={id}>
            Data of <bdi>{template.name}</bdi>
          </label>
          <textarea
            id={id}
            rows={3}
            class="code"
            value={data}
            spellcheck={false}
            data-testid="template-data"
            onInput={(event) => setData(event.currentTarget.value)}
          />
        </div>
      </ActionForm>
      {shown && (
        <div class="settings-note" role="status" data-testid="template-preview">
          <strong>{shown.title}</strong>
          {shown.html ? (
            <iframe class="mail-frame" sandbox="" title="HTML part" srcDoc={shown.html} />
          ) : (
            <p class="pre">{shown.text}</p>
          )}
        </div>
      )}
    </section>
  );
}

export function Templates() {
  const loaded = useLoaded(fetchTemplates);
  return (
    <Loading loaded={loaded}>
      {(templates) =>
        templates.length > 0 ? (
          templates.map((one) => <Template key={one.name} template={one} />)
        ) : (
          <EmptyState icon="mail" title="No templates">
            <p>Templates are written with PUT /1/templates/&#123;name&#125;.</p>
          </EmptyState>
        )
      }
    </Loading>
  );
}
