{{/* What a pod is found by. */}}
{{- define "naru.selector" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/component: {{ .role }}
{{- end }}

{{- define "naru.labels" -}}
app.kubernetes.io/name: {{ .name }}
{{- with .role }}
app.kubernetes.io/component: {{ . }}
{{- end }}
app.kubernetes.io/part-of: naru
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/version: {{ include "naru.tag" .root | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{/* Labels of a pod: without the chart's version, which says nothing about what runs in it. */}}
{{- define "naru.podLabels" -}}
{{ include "naru.selector" . }}
app.kubernetes.io/part-of: naru
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/version: {{ include "naru.tag" .root | quote }}
{{- end }}

{{- define "naru.tag" -}}
{{ coalesce .Values.image.tag .Values.global.image.tag .Chart.AppVersion }}
{{- end }}

{{- define "naru.image" -}}
{{- $image := .root.Values.image -}}
{{- with .root.Values.global.image.registry }}{{ . }}/{{ end -}}
{{ $image.repository | default (printf "naru/%s" .name) }}:{{ include "naru.tag" .root }}
{{- with $image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* The name with its namespace, for KEDA asks from another one. */}}
{{- define "naru.kafkaBootstrap" -}}
{{- $kafka := .root.Values.global.kafka -}}
{{ $kafka.bootstrapServers | default (printf "naru-kafka-bootstrap.%s.svc:%v" .root.Release.Namespace $kafka.port) }}
{{- end }}

{{/* Whether KEDA owns the number of pods of a component. */}}
{{- define "naru.scaledByKeda" -}}
{{- and .root.Values.global.keda.enabled (eq .role "consumer") (hasKey .topology "consumes") }}
{{- end }}
