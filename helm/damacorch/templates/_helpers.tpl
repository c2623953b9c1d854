{{/* What the templates share. Most take a dict: root (the chart's scope), name (of a service), svc (its values). */}}

{{- define "damacorch.labels" -}}
app: {{ .name }}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/part-of: damacorch
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/version: {{ include "damacorch.tag" . | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{- define "damacorch.metadata" -}}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "damacorch.labels" . | nindent 2 }}
{{- end }}

{{/* Of one image, where it has a tag of its own. */}}
{{- define "damacorch.tag" -}}
{{ get .root.Values.image.tags (.image | default .name) | default .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{- define "damacorch.image" -}}
image: {{ printf "%s/%s:%s" .root.Values.image.registry .image (include "damacorch.tag" .) | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
{{- end }}

{{/* By whom hooks are run: before anything else, by Helm (hook) and by Argo CD, which reads the same annotations. */}}
{{- define "damacorch.hook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: {{ .delete | default "before-hook-creation" }}
{{- end }}

{{/* A pod that may do nothing but its work. */}}
{{- define "damacorch.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false # AUTH_SERVICE_HOST and its like are none of our settings
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "damacorch.container" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end }}

{{- define "damacorch.caMount" -}}
{{- if .Values.database.caSecret }}
- { name: postgres-ca, mountPath: /etc/postgres, readOnly: true }
{{- end }}
{{- end }}

{{- define "damacorch.caVolume" -}}
{{- with .Values.database.caSecret }}
- name: postgres-ca
  secret:
    secretName: {{ . }}
    items: [{ key: ca.crt, path: ca.crt }]
{{- end }}
{{- end }}

{{/* Whose access tokens the gateway believes. */}}
{{- define "damacorch.tokenIssuers" -}}
{{- $ours := dict "issuer" .Values.publicUrl "audience" "damacorch" "jwks_url" "http://auth-svc:80/.well-known/jwks.json" }}
{{- $issuers := list $ours }}
{{- with .Values.cognito }}
{{- if .userPoolId }}
{{- $pool := printf "https://cognito-idp.%s.amazonaws.com/%s" .region .userPoolId }}
{{- $issuers = append $issuers (dict "issuer" $pool "audience" .clientId "jwks_url" (printf "%s/.well-known/jwks.json" $pool)) }}
{{- end }}
{{- end }}
{{- toJson $issuers }}
{{- end }}

{{/*
What a process is told, as the data of its ConfigMap. What is empty is left out: it would not be unset. Numbers are written as JSON
does: to Go a million is 1e+06.
*/}}
{{- define "damacorch.config" -}}
{{- range $name, $value := mergeOverwrite (deepCopy .root.Values.config) .svc.config }}
{{- with tpl (kindIs "string" $value | ternary $value (toJson $value)) $.root }}
{{ $name }}: {{ . | quote }}
{{- end }}
{{- end }}
{{- range .svc.calls }}
{{ upper . }}_BASE_URL: http://{{ . }}-svc:80
{{- end }}
{{- end }}

{{/* Where health and metrics are. */}}
{{- define "damacorch.ownPort" -}}
{{ if .adminPort }}admin{{ else }}http{{ end }}
{{- end }}
